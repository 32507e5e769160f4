/** 咬尾巴: neighbourhoods inspect each other; the team on its phones, the office at its desk. */
export { routes } from './routes'
