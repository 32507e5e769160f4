/** All cases: list, map, one case, and the forms of every step that may be taken on it. */
export { routes } from './routes'
export { FORMS, ORDER, sources, type Action, type Case } from './actions'
export { HOLDERS } from './holders'
export { default as MergePicker } from './MergePicker.vue'
export { default as ActionSheet } from './ActionSheet.vue'
export { useUnits, usePoints, useGrids, useStandards, usePeople, optionsOf } from './lookups'
