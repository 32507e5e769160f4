import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/patrol/:slot', name: 'patrol', component: () => import('./PatrolPage.vue'), meta: { shell: 'mobile', nav: 'home', noTabs: true } },
  { path: '/patrol/:slot/end', name: 'patrol-end', component: () => import('./PatrolEndPage.vue'), meta: { shell: 'mobile', nav: 'home', noTabs: true } },
  { path: '/on-site', name: 'on-site', component: () => import('./OnSitePage.vue'), meta: { shell: 'mobile', noTabs: true } },
  { path: '/patrols', name: 'patrols', component: () => import('./PatrolsDesk.vue'), meta: { shell: 'desk', nav: 'patrols' } },
  { path: '/visit/:id', name: 'visit', component: () => import('./VisitPage.vue'), meta: { shell: 'mobile', nav: 'home', noTabs: true } },
]
