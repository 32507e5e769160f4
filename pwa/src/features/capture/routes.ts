import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/capture', name: 'capture', component: () => import('./CapturePage.vue'), meta: { shell: 'bare' } },
  { path: '/outbox', name: 'outbox', component: () => import('./OutboxPage.vue'), meta: { shell: 'mobile', nav: 'home', noTabs: true } },
]
