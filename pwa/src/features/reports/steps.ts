/** The steps of a report in the reporter's words, from the clocks of its case. Pure. */
import type { Schemas } from '@/api/call'
import type { OutboxItem } from '@/core/outbox'
import type { IconName } from '@/ui/icons'

export type StepCode = 'received' | 'accepted' | 'dispatched' | 'rectifying' | 'in_review' | 'closed' | 'rejected' | 'merged' | 'voided'
export interface Step {
  code: string
  at: string
}
type Clocks = Pick<Schemas['IssueOut'], 'received_at' | 'accepted_at' | 'dispatched_at' | 'acknowledged_at' | 'rectified_at' | 'closed_at' | 'state' | 'events'>
const ENDINGS = ['rejected', 'merged', 'voided']

export function stepsOf(issue: Clocks): Step[] {
  const clocks: [StepCode, string | null][] = [
    ['received', issue.received_at], ['accepted', issue.accepted_at], ['dispatched', issue.dispatched_at],
    ['rectifying', issue.acknowledged_at], ['in_review', issue.rectified_at], ['closed', issue.closed_at],
  ]
  const steps = clocks.flatMap(([code, at]) => (at ? [{ code, at }] : []))
  if (!ENDINGS.includes(issue.state)) return steps
  const end = issue.events.filter((event) => event.to_state === issue.state).at(-1)
  return [...steps, { code: issue.state, at: end?.at ?? steps.at(-1)!.at }]
}

export const STEP_ICONS: Record<string, IconName> = { received: 'check', accepted: 'inbox', dispatched: 'send', rectifying: 'wrench', in_review: 'compare', closed: 'checkc', rejected: 'ban', merged: 'merge', voided: 'void' }

/** Reports that are finished here but not yet with the server, newest first; what the server's list already shows is left out. */
export function stillHere(items: readonly OutboxItem[], known: ReadonlySet<string>): OutboxItem[] {
  return items.filter((item) => item.kind === 'report' && ['queued', 'sending', 'parked'].includes(item.state) && !known.has(item.id)).reverse()
}

/** Before and after photo of the last pair that has both. */
export function lastPair<P extends { id: string; large_url: string | null; thumb_url: string | null }>(photos: readonly P[], pairs: readonly { before_id: string; after_id: string | null }[]): [P, P] | null {
  const pair = pairs.filter((one) => one.after_id !== null).at(-1)
  const before = photos.find((photo) => photo.id === pair?.before_id)
  const after = photos.find((photo) => photo.id === pair?.after_id)
  return before && after ? [before, after] : null
}
