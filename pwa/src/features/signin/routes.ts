import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'sign-in', component: () => import('./SignInPage.vue'), meta: { shell: 'mobile', open: true, noTabs: true } },
  { path: '/join', name: 'join', component: () => import('./JoinPage.vue'), meta: { shell: 'mobile', open: true, noTabs: true } },
]
