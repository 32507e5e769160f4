/** The desk where reports are judged and sent to the unit that answers for the place. */
export { routes } from './routes'
