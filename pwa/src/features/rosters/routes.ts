import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/rosters', name: 'rosters', component: () => import('./RosterPage.vue'), meta: { shell: 'adaptive', nav: 'rosters' } },
  { path: '/shift', name: 'shift', component: () => import('./ShiftPage.vue'), meta: { shell: 'mobile', nav: 'home', noTabs: true } },
  { path: '/call-outs', name: 'call-outs', component: () => import('./CallOutsPage.vue'), meta: { shell: 'adaptive', nav: 'rosters' } },
]
