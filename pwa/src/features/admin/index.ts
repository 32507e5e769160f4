/** The town's own settings: units, people, invites, points, grids, responsibilities, categories, campaign, imports. */
export { routes } from './routes'
export { default as PickMap } from './PickMap.vue'
