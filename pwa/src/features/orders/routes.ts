import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/orders', name: 'orders', component: () => import('./OrdersPage.vue'), meta: { shell: 'mobile', nav: 'orders' } },
  { path: '/orders/:id', name: 'order', component: () => import('./OrderPage.vue'), meta: { shell: 'mobile', nav: 'orders', noTabs: true } },
  { path: '/orders/:id/after', name: 'order-after', component: () => import('./OrderAfterPage.vue'), meta: { shell: 'bare' } },
]
