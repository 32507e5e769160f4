/** What became of my reports. */
export { routes } from './routes'
