import type { RouteRecordRaw } from 'vue-router'
import { say } from './say'

export const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'sign-in', component: () => import('./SignInPage.vue'), meta: { shell: 'mobile', open: true, noTabs: true, title: () => say('title') } },
  { path: '/join', name: 'join', component: () => import('./JoinPage.vue'), meta: { shell: 'mobile', open: true, noTabs: true, title: () => say('join.tab') } },
]
