/** Patrols: the round on the phone, plans and coverage at the office. */
import { defineAsyncComponent } from 'vue'

/** Today's round on the home screen; loaded apart from the first bundle. */
export const PatrolCard = defineAsyncComponent(() => import('./PatrolCard.vue'))
export { routes } from './routes'
