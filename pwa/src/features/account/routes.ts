import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/me', name: 'account', component: () => import('./AccountPage.vue'), meta: { shell: 'adaptive', nav: 'account' } },
  { path: '/me/inbox', name: 'inbox', component: () => import('./InboxPage.vue'), meta: { shell: 'adaptive', nav: 'account' } },
  { path: '/me/security', name: 'security', component: () => import('./SecurityPage.vue'), meta: { shell: 'adaptive', nav: 'account', noTabs: true } },
  { path: '/me/away', name: 'away', component: () => import('./AwayPage.vue'), meta: { shell: 'adaptive', nav: 'account', noTabs: true } },
  { path: '/me/invite', name: 'invite', component: () => import('./InvitePage.vue'), meta: { shell: 'adaptive', nav: 'account', noTabs: true } },
]
