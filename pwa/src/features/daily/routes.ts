import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/daily', name: 'daily', component: () => import('./SheetsPage.vue'), meta: { shell: 'adaptive', nav: 'daily' } },
  { path: '/daily/:id', name: 'daily-sheet', component: () => import('./SheetPage.vue'), meta: { shell: 'adaptive', nav: 'daily' } },
]
