import type { RouteRecordRaw } from 'vue-router'
import { say } from './say'

export const routes: RouteRecordRaw[] = [
  { path: '/capture', name: 'capture', component: () => import('./CapturePage.vue'), meta: { shell: 'bare', title: () => say('title') } },
  { path: '/outbox', name: 'outbox', component: () => import('./OutboxPage.vue'), meta: { shell: 'mobile', nav: 'home', noTabs: true, title: () => say('outbox') } },
]
