import type { RouteRecordRaw } from 'vue-router'
import { say } from './say'

export const routes: RouteRecordRaw[] = [
  { path: '/triage', name: 'triage', component: () => import('./TriagePage.vue'), meta: { shell: 'desk', nav: 'triage', title: () => say('title') } },
]
