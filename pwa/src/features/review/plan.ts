/** What has been decided of each pair, what that makes of the case, and what is sent for it. Pure. */
import type { Schemas } from '@/api/call'

export type Pair = Pick<Schemas['PairOut'], 'id' | 'state' | 'is_suspect' | 'after_id' | 'override_reason' | 'reason_code'>
export type RefuseReason = NonNullable<Schemas['DecidePairIn']['reason_code']>
export type ReturnReason = Schemas['ReturnIn']['reason_code']
export const REFUSE_REASONS: RefuseReason[] = ['other_place', 'not_solved', 'unreadable', 'old_or_copied', 'wrong_issue']
export const RETURN_REASONS: ReturnReason[] = [...REFUSE_REASONS, 'measure_unclear', 'other']

export type Mark = { state: 'matched'; override: string } | { state: 'refused'; reason: RefuseReason }
export type Marks = Readonly<Record<string, Mark | undefined>>

/** As decided here, else as the server holds it. */
export function stateOf(pair: Pair, marks: Marks): 'matched' | 'refused' | 'open' {
  const mark = marks[pair.id]
  if (mark) return mark.state
  return pair.state === 'matched' || pair.state === 'refused' ? pair.state : 'open'
}

/** The next pair that nobody has decided, from `at` on, around the end; -1: all are. */
export function nextOpen(pairs: readonly Pair[], marks: Marks, at: number): number {
  for (let i = 1; i <= pairs.length; i++) {
    const index = (at + i) % pairs.length
    if (stateOf(pairs[index]!, marks) === 'open') return index
  }
  return -1
}

export type Outcome = { kind: 'open' } | { kind: 'close' } | { kind: 'return'; reason: ReturnReason }
export function outcomeOf(pairs: readonly Pair[], marks: Marks): Outcome {
  const states = pairs.map((pair) => stateOf(pair, marks))
  if (states.includes('open')) return { kind: 'open' }
  const refused = pairs.find((_, i) => states[i] === 'refused')
  if (!refused) return { kind: 'close' }
  const mark = marks[refused.id]
  const reason = mark?.state === 'refused' ? mark.reason : (refused.reason_code as ReturnReason | null)
  return { kind: 'return', reason: reason ?? 'other' }
}

export type Step =
  | { action: 'decide_pair'; body: Schemas['DecidePairIn'] }
  | { action: 'close'; body: Schemas['CloseIn'] }
  | { action: 'return'; body: Schemas['ReturnIn'] }

function decide(pairId: string, mark: Mark): Step {
  const body = mark.state === 'matched'
    ? { pair_id: pairId, decision: mark.state, override_reason: mark.override }
    : { pair_id: pairId, decision: mark.state, reason_code: mark.reason, override_reason: '' }
  return { action: 'decide_pair', body }
}

/** One call for the clear case; a suspect pair is decided by itself, with its own reason. */
export function closing(pairs: readonly Pair[], marks: Marks): Step[] {
  const now = pairs.filter((pair) => marks[pair.id])
  const alone = now.filter((pair) => pair.is_suspect)
  if (alone.length === 1 && now.length === 1) {
    const mark = marks[alone[0]!.id]
    return [{ action: 'close', body: { match: [alone[0]!.id], override_reason: mark?.state === 'matched' ? mark.override : '', comment: '' } }]
  }
  return [
    ...alone.map((pair) => decide(pair.id, marks[pair.id] as Mark)),
    { action: 'close', body: { match: now.filter((pair) => !pair.is_suspect).map((pair) => pair.id), override_reason: '', comment: '' } },
  ]
}

/** Every pair keeps its own verdict; then the case goes back with the reason. */
export function returning(pairs: readonly Pair[], marks: Marks, body: Schemas['ReturnIn']): Step[] {
  const said = pairs.filter((pair) => marks[pair.id] && pair.after_id)
  return [...said.map((pair) => decide(pair.id, marks[pair.id] as Mark)), { action: 'return', body }]
}

export interface Judged {
  state: string
  nature: string
  allowed_actions: readonly string[]
  dispatcher: { id: string | null } | null
  fixer: { id: string | null } | null
  approvals: readonly { kind: string; state: string }[]
  site_checks: readonly { done_at: string | null }[]
}
export type WhyNot = 'state' | 'asked' | 'dispatcher' | 'fixer' | 'check' | 'notYours'
/** Why this viewer may not close it: four eyes first, as that is nobody's fault. */
export function whyNotClose(item: Judged, myId: string | undefined): WhyNot | null {
  if (item.allowed_actions.includes('close')) return null
  if (item.state !== 'in_review') return 'state'
  if (item.approvals.some((one) => one.kind === 'close' && one.state === 'asked')) return 'asked'
  if (myId && item.fixer?.id === myId) return 'fixer'
  if (myId && item.dispatcher?.id === myId) return 'dispatcher'
  if (item.site_checks.some((one) => !one.done_at)) return 'check'
  return 'notYours'
}
