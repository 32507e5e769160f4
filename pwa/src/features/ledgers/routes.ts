import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/ledgers/:tab?', name: 'ledgers', component: () => import('./LedgersPage.vue'), meta: { shell: 'adaptive', nav: 'ledgers' } },
]
