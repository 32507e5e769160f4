import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/review', name: 'review', component: () => import('./ReviewPage.vue'), meta: { shell: 'desk', nav: 'review' } },
  { path: '/look-backs', name: 'look-backs', component: () => import('./LookBacksPage.vue'), meta: { shell: 'adaptive', nav: 'review' } },
]
