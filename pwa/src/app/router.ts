/** Each feature brings its own routes; this list is the only place that names them all. */
import { createRouter, createWebHistory, START_LOCATION, type RouteRecordRaw } from 'vue-router'
import '@/core/route-meta'
import { messagesReady } from '@/core/i18n'
import { titles } from '@/core/i18n/titles'
import { useSession } from '@/core/session'
import { routes as account } from '@/features/account/routes'
import { routes as admin } from '@/features/admin/routes'
import { routes as capture } from '@/features/capture/routes'
import { routes as cases } from '@/features/cases/routes'
import { routes as cross } from '@/features/cross/routes'
import { routes as daily } from '@/features/daily/routes'
import { routes as documents } from '@/features/documents/routes'
import { routes as home } from '@/features/home/routes'
import { routes as ledgers } from '@/features/ledgers/routes'
import { routes as leader } from '@/features/leader/routes'
import { routes as orders } from '@/features/orders/routes'
import { routes as patrols } from '@/features/patrols/routes'
import { routes as points } from '@/features/points/routes'
import { routes as reports } from '@/features/reports/routes'
import { routes as review } from '@/features/review/routes'
import { routes as rosters } from '@/features/rosters/routes'
import { routes as signin } from '@/features/signin/routes'
import { routes as triage } from '@/features/triage/routes'
import { startRoute } from './nav'
import { say } from './say'

const routes: RouteRecordRaw[] = [
  ...home,
  ...account,
  ...capture,
  ...orders,
  ...patrols,
  ...points,
  ...reports,
  ...review,
  ...rosters,
  ...signin,
  ...leader,
  ...admin,
  ...cases,
  ...triage,
  ...cross,
  ...daily,
  ...documents,
  ...ledgers,
  { path: '/:rest(.*)*', name: 'missing', component: () => import('./MissingPage.vue'), meta: { shell: 'mobile', open: true } },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  // The first page is at its top already; saying so would cost a layout.
  scrollBehavior: (_to, from, saved) => saved ?? (from === START_LOCATION ? false : { top: 0 }),
})

router.beforeEach((to) => {
  const session = useSession()
  if (to.meta.open) return true
  if (session.me || !router.hasRoute('sign-in')) {
    const start = to.name === 'home' ? startRoute(router) : 'home'
    return start === 'home' ? true : { name: start }
  }
  return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
})
router.beforeResolve(async () => {
  await messagesReady()
})
router.afterEach((to, from) => {
  const title = titles.dynamic(String(to.name ?? ''), '')
  document.title = title ? `${title} · ${say('app')}` : say('app')
  // A new page starts at its heading for those who do not see it change.
  if (from.name && to.name !== from.name) requestAnimationFrame(() => document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true }))
})
