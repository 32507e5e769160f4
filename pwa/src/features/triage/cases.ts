/** The desk's calls. */
import { call, type Schemas } from '@/api/call'
import type { Draft, Filed } from './draft'
import { sendingOf } from './draft'

export type Case = Schemas['IssueOut']
export type CaseRow = Schemas['IssueListItem']
export type Target = Schemas['Target']
export type Category = Schemas['CategoryOut']
export type Tab = 'submitted' | 'bounced' | 'near' | 'leads'
const MOST = 200

export function listCases(tab: Tab, q: string, signal: AbortSignal) {
  const only = tab === 'bounced' ? { bounced: true } : tab === 'leads' ? { state: ['submitted' as const], lead: true } : { state: ['submitted' as const] }
  return call('get', '/api/issues', { query: { ...only, q: q || undefined, limit: MOST }, signal })
}

/** Urgent ones first, then as the server orders them; "near" are those with others of their kind close by. */
export function inOrder(items: readonly CaseRow[], tab: Tab): CaseRow[] {
  const shown = tab === 'near' ? items.filter((item) => (item.near_count ?? 0) > 0) : items
  return [...shown].sort((a, b) => Number(b.nature === 'urgent') - Number(a.nature === 'urgent'))
}

export const loadCase = (id: string, signal: AbortSignal) => call('get', '/api/issues/{issue_id}', { path: { issue_id: id }, signal })

/** Keepalive: these are also sent while the page is being closed. */
function on(item: { id: string; version: number }) {
  return { path: { issue_id: item.id }, ifMatch: item.version, keepalive: true }
}

export async function sendDraft(item: Filed & { id: string; version: number }, draft: Draft): Promise<void> {
  const sending = sendingOf(draft, item)
  if (sending.action === 'dispatch') {
    await call('post', '/api/issues/{issue_id}/actions/dispatch', { ...on(item), body: sending.body })
    return
  }
  let version = item.version
  if (draft.category !== item.category.code) {
    const corrected = await call('post', '/api/issues/{issue_id}/actions/correct', { ...on(item), body: { reason: sending.body.reason, category: draft.category, no_point: false } })
    version = corrected.version
  }
  await call('post', '/api/issues/{issue_id}/actions/escalate', { ...on({ id: item.id, version }), body: sending.body })
}

export async function reject(item: CaseRow, body: Schemas['RejectIn']): Promise<void> {
  await call('post', '/api/issues/{issue_id}/actions/reject', { ...on(item), body })
}
export async function merge(item: CaseRow, masterId: string, text: string): Promise<void> {
  await call('post', '/api/issues/{issue_id}/actions/merge', { ...on(item), body: { master_id: masterId, text } })
}
export const orderSiteCheck = (item: CaseRow, body: Schemas['OrderSiteCheckIn']) => call('post', '/api/issues/{issue_id}/actions/order_site_check', { ...on(item), body })
export const ruleBounce = (item: CaseRow, body: Schemas['RuleBounceIn']) => call('post', '/api/issues/{issue_id}/actions/rule_bounce', { ...on(item), body })

export const dispatchAll = (items: readonly CaseRow[], unitId: string) =>
  call('post', '/api/issues/bulk/{action}', { path: { action: 'dispatch' }, keepalive: true, body: { items: items.map(({ id, version }) => ({ id, version })), body: { unit_id: unitId } } })

/** Who can go and look: people whose work it is to walk the town. */
const WALKERS = ['patroller', 'inspector', 'grid_officer'] as const
export async function walkers(q: string, signal: AbortSignal): Promise<Schemas['PersonOut'][]> {
  const found = await Promise.all(WALKERS.map((role) => call('get', '/api/people', { query: { role, q, limit: 50, status: 'active' }, signal })))
  const people = new Map(found.flatMap((page) => page.items).map((person) => [person.id, person]))
  return [...people.values()]
}

/** "0152", as it is spoken on the phone. */
export function numberOf(item: { no: number | null }, none: string): string {
  return item.no === null ? none : String(item.no).padStart(4, '0')
}
