/** The leader's overview: the town's figures, map, overdue cases, and what waits for a leader's word. */
export { routes } from './routes'
