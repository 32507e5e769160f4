/** Coming in: password and six digits for office roles, an invite for everyone else. */
export const loadConsentSheet = () => import('./ConsentSheet.vue')
export { routes } from './routes'
