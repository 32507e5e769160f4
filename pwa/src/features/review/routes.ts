import type { RouteRecordRaw } from 'vue-router'
import { say } from './say'

export const routes: RouteRecordRaw[] = [
  { path: '/review', name: 'review', component: () => import('./ReviewPage.vue'), meta: { shell: 'desk', nav: 'review', title: () => say('title') } },
]
