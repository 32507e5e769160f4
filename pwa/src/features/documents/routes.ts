import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/documents', name: 'documents', component: () => import('./DocumentsPage.vue'), meta: { shell: 'adaptive', nav: 'documents' } },
  { path: '/documents/daily/:id', name: 'daily-sheet', component: () => import('./SheetPage.vue'), meta: { shell: 'adaptive', nav: 'documents' } },
]
