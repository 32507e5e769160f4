import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/cross', name: 'cross', component: () => import('./EnvelopePage.vue'), meta: { shell: 'mobile' } },
  { path: '/cross/task/:id', name: 'cross-task', component: () => import('./TaskPage.vue'), meta: { shell: 'mobile', nav: 'cross', noTabs: true } },
  { path: '/cross/task/:id/take', name: 'cross-take', component: () => import('./TakePage.vue'), meta: { shell: 'bare' } },
  { path: '/cross/task/:id/findings', name: 'cross-findings', component: () => import('./FindingsPage.vue'), meta: { shell: 'mobile', nav: 'cross', noTabs: true } },
  { path: '/cross/task/:id/five', name: 'cross-five', component: () => import('./FivePage.vue'), meta: { shell: 'mobile', nav: 'cross', noTabs: true } },
  { path: '/cross/rounds', name: 'cross-rounds', component: () => import('./RoundsPage.vue'), meta: { shell: 'adaptive', nav: 'cross-rounds' } },
  { path: '/cross/rounds/:id', name: 'cross-round', component: () => import('./RoundPage.vue'), meta: { shell: 'adaptive', nav: 'cross-rounds', noTabs: true } },
]
