/** Coming in: password and six digits for office roles, an invite for everyone else. */
export { routes } from './routes'
