import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/leader', name: 'leader', component: () => import('./LeaderPage.vue'), meta: { shell: 'adaptive', nav: 'leader' } },
  { path: '/leader/figures', name: 'leader-figures', component: () => import('./FiguresPage.vue'), meta: { shell: 'adaptive', nav: 'leader' } },
  { path: '/leader/wall', name: 'leader-wall', component: () => import('./WallPage.vue'), meta: { shell: 'bare', nav: 'leader' } },
]
