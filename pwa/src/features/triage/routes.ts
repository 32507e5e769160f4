import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/triage', name: 'triage', component: () => import('./TriagePage.vue'), meta: { shell: 'desk', nav: 'triage' } },
]
