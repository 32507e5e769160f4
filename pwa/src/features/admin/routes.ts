import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/admin/:section?', name: 'admin', component: () => import('./AdminPage.vue'), meta: { shell: 'adaptive', nav: 'admin' } },
]
