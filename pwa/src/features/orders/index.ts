/** A unit's orders on the phone: claim, photograph the after side, ask. */
export { default as CaseComments } from './CaseComments.vue'
export { default as CasePhotos } from './CasePhotos.vue'
export { routes } from './routes'
