/** The town's own settings: units, people, invites, points, grids, responsibilities, categories, campaign, imports. */
export { routes } from './routes'
export { default as EditSheet } from './EditSheet.vue'
export { default as PickMap } from './PickMap.vue'
