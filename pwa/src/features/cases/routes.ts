import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/cases', name: 'cases', component: () => import('./CasesPage.vue'), meta: { shell: 'adaptive', nav: 'cases' } },
  { path: '/cases/:id', name: 'case', component: () => import('./CasePage.vue'), meta: { shell: 'adaptive', nav: 'cases', noTabs: true } },
]
