/** Points and duty: the card of a point, the responsibility table, grids and who accepted them, declared points, pairs. */
export { routes } from './routes'
