/** Today on the phone: what waits to be sent, what comes next, what became of my reports. */
export { routes } from './routes'
