import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/reports', name: 'reports', component: () => import('./ReportsPage.vue'), meta: { shell: 'mobile', nav: 'reports' } },
  { path: '/reports/:id', name: 'report', component: () => import('./ReportPage.vue'), meta: { shell: 'mobile', nav: 'reports', noTabs: true } },
]
