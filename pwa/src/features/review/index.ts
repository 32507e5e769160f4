/** The desk where before and after are compared and a case is closed or returned. */
export { routes } from './routes'
