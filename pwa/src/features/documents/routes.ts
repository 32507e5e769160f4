import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/documents', name: 'documents', component: () => import('./DocumentsPage.vue'), meta: { shell: 'adaptive', nav: 'documents' } },
  { path: '/documents/:id', name: 'document', component: () => import('./DocumentPage.vue'), meta: { shell: 'adaptive', nav: 'documents' } },
]
