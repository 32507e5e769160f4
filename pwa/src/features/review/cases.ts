/** The desk's calls. */
import { call, type Schemas } from '@/api/call'
import { clockOffsetMs } from '@/core/clock'
import { putPhoto, sha256Hex } from '@/core/outbox/wire'
import type { Step } from './plan'

export type Case = Schemas['IssueOut']
export type QueueItem = Schemas['QueueItem']
export type CasePhoto = Schemas['PhotoOut']
export type Tab = 'eyes' | 'all' | 'second' | 'look_backs'
/** The contact sheet is a tab of the desk, with a list of its own. */
export type DeskTab = Tab | 'sheet'
export type SheetCase = Schemas['IssueListItem']

export const listQueue = (tab: Tab, signal: AbortSignal) => call('get', '/api/review/queue', { query: { tab, limit: 100 }, signal })
export const loadSheet = (signal: AbortSignal) => call('get', '/api/review/sheet', { signal })
export const closeSheet = (items: readonly SheetCase[]) => call('post', '/api/review/sheet/close', { body: { items: items.map(({ id, version }) => ({ id, version })) }, keepalive: true })
export const loadCase = (id: string, signal: AbortSignal) => call('get', '/api/issues/{issue_id}', { path: { issue_id: id }, signal })
/** Keepalive: these are also sent while the page is being closed. */
const on = (id: string, version: number) => ({ path: { issue_id: id }, ifMatch: version, keepalive: true })
export const startReview = (id: string, version: number) => call('post', '/api/issues/{issue_id}/actions/start_review', { ...on(id, version), body: {} })

export async function sendSteps(id: string, version: number, steps: readonly Step[]): Promise<void> {
  let at = version
  for (const step of steps) at = (await sendStep(id, at, step)).version
}
function sendStep(id: string, version: number, step: Step): Promise<Case> {
  if (step.action === 'decide_pair') return call('post', '/api/issues/{issue_id}/actions/decide_pair', { ...on(id, version), body: step.body })
  if (step.action === 'return') return call('post', '/api/issues/{issue_id}/actions/return', { ...on(id, version), body: step.body })
  return call('post', '/api/issues/{issue_id}/actions/close', { ...on(id, version), body: step.body })
}
export async function approveClose(id: string, version: number): Promise<void> {
  await call('post', '/api/issues/{issue_id}/actions/approve_close', { ...on(id, version), body: { note: '' } })
}
export async function refuseClose(id: string, version: number, note: string): Promise<void> {
  await call('post', '/api/issues/{issue_id}/actions/refuse_request', { ...on(id, version), body: { kind: 'close', note } })
}

/** The picture of today first, then what it shows. */
export async function lookBack(item: Case, found: 'lookback_pass' | 'relapse', file: File, note: string): Promise<void> {
  const bytes = await file.arrayBuffer()
  const id = crypto.randomUUID()
  const sha256 = await sha256Hex(bytes)
  await putPhoto({ id, role: 'site', sha256, size: bytes.byteLength, type: file.type || 'image/jpeg', isAcked: false }, bytes, AbortSignal.timeout(120_000))
  const offset = clockOffsetMs()
  // A file's own time is what the phone or the disk says; the server keeps its receipt beside it.
  const photo = { id, sha256, capture: 'album' as const, crs: 'wgs84' as const, captured_at: new Date(file.lastModified).toISOString(), clock_offset_seconds: offset === null ? null : offset / 1000 }
  await call('post', `/api/issues/{issue_id}/actions/${found}`, { path: { issue_id: item.id }, ifMatch: item.version, body: { photos: [photo], note } })
}

/** Nobody could look: it stays due, and is counted. */
export async function couldNotLook(item: Case, reason: Schemas['LookBackNotDoneIn']['reason_code'], note: string): Promise<void> {
  await call('post', '/api/issues/{issue_id}/actions/lookback_not_done', { path: { issue_id: item.id }, ifMatch: item.version, body: { reason_code: reason, note } })
}

export function numberOf(item: { no: number | null }, none: string): string {
  return item.no === null ? none : String(item.no).padStart(4, '0')
}
