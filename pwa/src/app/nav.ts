/** Which entries the shells show: only those whose routes exist and whose role is held. */
import type { Router } from 'vue-router'
import type { RoleCode } from '@/core/i18n/domain'
import { useSession, type Capability } from '@/core/session'
import { ROUND_READERS } from '@/features/cross'
import { SHEET_READERS, UNIT_PEOPLE } from '@/features/daily'
import { DOCUMENT_READERS } from '@/features/documents'
import { LEDGER_READERS } from '@/features/ledgers'
import { ROSTER_READERS } from '@/features/rosters'
import type { IconName } from '@/ui/icons'
import { say } from './say'

export interface Entry { route: string; label: string; icon: IconName; count?: number | null }

const RAIL: { route: string; icon: IconName; label: () => string; may?: Capability[]; roles?: RoleCode[] }[] = [
  { route: 'triage', icon: 'inbox', label: () => say('rail.triage'), may: ['may_triage'] },
  { route: 'review', icon: 'compare', label: () => say('rail.review'), may: ['may_review'] },
  { route: 'cases', icon: 'list', label: () => say('rail.cases') },
  { route: 'patrols', icon: 'nav', label: () => say('rail.patrols'), may: ['may_lead', 'may_triage', 'may_review', 'may_audit'] },
  { route: 'leader', icon: 'chart', label: () => say('rail.leader'), may: ['may_lead', 'may_triage', 'may_review', 'may_audit'] },
  { route: 'cross-rounds', icon: 'ring', label: () => say('rail.cross'), roles: ROUND_READERS },
  { route: 'duty', icon: 'grid', label: () => say('rail.duty') },
  { route: 'rosters', icon: 'people', label: () => say('rail.rosters'), roles: ROSTER_READERS },
  { route: 'daily', icon: 'calendar', label: () => say('rail.daily'), roles: [...SHEET_READERS, ...UNIT_PEOPLE] },
  { route: 'documents', icon: 'doc', label: () => say('rail.documents'), roles: DOCUMENT_READERS },
  { route: 'ledgers', icon: 'checkc', label: () => say('rail.ledgers'), roles: LEDGER_READERS },
  { route: 'admin', icon: 'gear', label: () => say('rail.admin'), may: ['may_configure', 'may_manage_people', 'may_administer'] },
  { route: 'account', icon: 'user', label: () => say('rail.account') },
]

export function railEntries(router: Router): Entry[] {
  const session = useSession()
  return RAIL.filter((entry) => router.hasRoute(entry.route) && (entry.may?.some(session.may) ?? true) && (!entry.roles || session.has(...entry.roles))).map(({ route, icon, label }) => ({ route, icon, label: label() }))
}

const DESKS: Capability[] = ['may_triage', 'may_review', 'may_lead', 'may_configure', 'may_manage_people', 'may_administer', 'may_audit']
/** With 更多 the fifth. */
const TABS_BESIDE_MORE = 4

/** On a phone: what one does most, as tabs. Who works at a desk elsewhere has the other rooms of the rail behind 更多; everyone else three tabs, and a fourth for who is on call for 咬尾巴, round or no round. */
export function phoneEntries(router: Router): { tabs: Entry[]; more: Entry[] } {
  const session = useSession()
  const here: (Entry & { when: boolean })[] = [
    { route: 'triage', label: say('rail.triage'), icon: 'inbox', when: session.may('may_triage') },
    { route: 'review', label: say('rail.review'), icon: 'compare', when: session.may('may_review') },
    { route: 'leader', label: say('tab.leader'), icon: 'chart', when: session.may('may_lead') },
    { route: 'orders', label: say('tab.orders'), icon: 'wrench', when: session.may('is_unit') },
  ]
  const desk = DESKS.some(session.may)
  const tabs: Entry[] = here.filter((entry) => entry.when)
  if (desk || tabs.length === 0) tabs.push({ route: 'home', label: say('tab.today'), icon: 'home' })
  if (session.has('cross_captain', 'cross_member')) tabs.push({ route: 'cross', label: say('rail.cross'), icon: 'ring' })
  tabs.push({ route: 'reports', label: say('tab.reports'), icon: 'list' })
  const mine: Entry = { route: 'account', label: say('tab.account'), icon: 'user' }
  const there = tabs.filter((tab) => router.hasRoute(tab.route))
  if (!desk) return { tabs: [...there, mine], more: [] }
  const shown = [...there.slice(0, TABS_BESIDE_MORE - 1), mine]
  const rooms = [...there, ...railEntries(router)]
  return { tabs: shown, more: rooms.filter((room, at) => !shown.some((tab) => tab.route === room.route) && rooms.findIndex((other) => other.route === room.route) === at) }
}

/** Where a person lands who opened the app without naming a page. */
export function startRoute(router: Router): string {
  const session = useSession()
  const wide = matchMedia('(min-width: 1000px)').matches
  const wanted = [
    wide && session.may('may_triage') ? 'triage' : '',
    wide && session.may('may_review') ? 'review' : '',
    session.may('may_lead') ? 'leader' : '',
    wide && session.may('may_configure') ? 'admin' : '',
    session.may('is_unit') ? 'orders' : '',
  ]
  return wanted.find((name) => name !== '' && router.hasRoute(name)) ?? 'home'
}
