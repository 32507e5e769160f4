/** Which entries the shells show: only those whose routes exist and whose role is held. */
import type { Router } from 'vue-router'
import { DESK_ROLES, LEADER_ROLES, UNIT_ROLES, useSession } from '@/core/session'
import type { RoleCode } from '@/core/i18n/domain'
import type { IconName } from '@/ui/icons'
import { say } from './say'

export interface Entry { route: string; label: string; icon: IconName; count?: number | null }

const RAIL: { route: string; icon: IconName; label: () => string; roles: RoleCode[] | null }[] = [
  { route: 'triage', icon: 'inbox', label: () => say('rail.triage'), roles: ['office_admin', 'dispatcher'] },
  { route: 'review', icon: 'compare', label: () => say('rail.review'), roles: ['office_admin', 'reviewer', ...LEADER_ROLES] },
  { route: 'cases', icon: 'list', label: () => say('rail.cases'), roles: null },
  { route: 'leader', icon: 'chart', label: () => say('rail.leader'), roles: [...DESK_ROLES, ...LEADER_ROLES] },
  { route: 'cross', icon: 'ring', label: () => say('rail.cross'), roles: null },
  { route: 'documents', icon: 'doc', label: () => say('rail.documents'), roles: null },
  { route: 'admin', icon: 'gear', label: () => say('rail.admin'), roles: ['admin', 'office_admin'] },
  { route: 'account', icon: 'user', label: () => say('rail.account'), roles: null },
]

export function railEntries(router: Router): Entry[] {
  const session = useSession()
  return RAIL.filter((e) => router.hasRoute(e.route) && (e.roles === null || session.has(...e.roles))).map((e) => ({ route: e.route, icon: e.icon, label: e.label() }))
}

/** Three tabs on a phone: a unit starts at its orders, a leader at the overview, everyone else at today. */
export function tabEntries(router: Router): Entry[] {
  const session = useSession()
  const tabs: Entry[] = []
  if (session.has(...LEADER_ROLES)) tabs.push({ route: 'leader', label: say('tab.leader'), icon: 'chart' })
  if (session.has(...UNIT_ROLES)) tabs.push({ route: 'orders', label: say('tab.orders'), icon: 'wrench' })
  if (tabs.length === 0) tabs.push({ route: 'home', label: say('tab.today'), icon: 'home' })
  tabs.push({ route: 'reports', label: say('tab.reports'), icon: 'list' }, { route: 'account', label: say('tab.account'), icon: 'user' })
  return tabs.filter((tab) => router.hasRoute(tab.route))
}

/** Where a person lands who opened the app without naming a page. */
export function startRoute(router: Router): string {
  const session = useSession()
  const wide = matchMedia('(min-width: 1000px)').matches
  const wanted = [
    wide && session.has('dispatcher', 'office_admin') ? 'triage' : '',
    wide && session.has('reviewer') ? 'review' : '',
    session.has(...LEADER_ROLES) ? 'leader' : '',
    wide && session.has('admin') ? 'admin' : '',
    session.has(...UNIT_ROLES) ? 'orders' : '',
  ]
  return wanted.find((name) => name !== '' && router.hasRoute(name)) ?? 'home'
}
