import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/points/:id', name: 'point', component: () => import('./PointPage.vue'), meta: { shell: 'adaptive', noTabs: true } },
  { path: '/duty/:tab?', name: 'duty', component: () => import('./DutyPage.vue'), meta: { shell: 'adaptive', nav: 'duty' } },
]
