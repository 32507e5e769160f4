/** What the dispatcher has filled in for one case, what is proposed, and what is sent. Pure. */
import type { Schemas } from '@/api/call'
import { townTime, type Instant } from '@/core/format'

export type Nature = Schemas['IssueListItem']['nature']
export interface Proposal {
  unit: { id: string; zh: string; en: string } | null
  why: 'point' | 'grid' | 'territory' | null
  person: { id: string; name: string } | null
  due_at: string
  nature: Nature
  /** Shops before whose door it lies, the nearest first. */
  frontages?: { id: string; zh: string; en: string; signed_on: string | null; distance_m: number }[]
}
export interface Draft {
  category: string
  nature: Nature
  unitId: string | null
  personId: string | null
  helperIds: string[]
  /** 门前五包: the shop named as responsible party; never by itself. */
  frontageId: string | null
  /** Null: as proposed by category and nature, counted from the moment of dispatch. */
  dueAt: string | null
  requirement: string
  reason: string
}
export interface Filed { nature: Nature; category: { code: string }; requirement: string; sections: Record<string, unknown> }

const HOUR = 3_600_000
const LEAST = 4 * HOUR
const URGENT_HOURS = 24

export function proposalOf(filed: { sections: Record<string, unknown> }): Proposal | null {
  return (filed.sections.proposal as Proposal | null | undefined) ?? null
}

export function draftOf(filed: Filed): Draft {
  const proposed = proposalOf(filed)
  return {
    category: filed.category.code, nature: filed.nature, unitId: proposed?.unit?.id ?? null, personId: proposed?.person?.id ?? null,
    helperIds: [], frontageId: null, dueAt: null, requirement: filed.requirement, reason: '',
  }
}

/** The end of the unit's clock as the server counts it: category hours, at most the campaign's line, at least four hours. */
export function proposedDue(nature: Nature, deadlineHours: number, line: Instant, now: number): number {
  const hours = nature === 'urgent' ? Math.min(deadlineHours, URGENT_HOURS) : deadlineHours
  return Math.max(Math.min(now + hours * HOUR, Number(new Date(line))), now + LEAST)
}

export type Lack = 'unit' | 'reason' | null
export function lackOf(draft: Draft): Lack {
  if (draft.nature === 'difficult') return draft.reason.trim() ? null : 'reason'
  return draft.unitId ? null : 'unit'
}

export type Sending = { action: 'dispatch'; body: Schemas['DispatchIn'] } | { action: 'escalate'; body: Schemas['EscalateIn'] }
/** Only what differs from the case as filed: the server fills in the rest as it stands when it is sent. */
export function sendingOf(draft: Draft, filed: Filed): Sending {
  if (draft.nature === 'difficult')
    return { action: 'escalate', body: { reason: draft.reason.trim(), meeting_kind: 'coordination', unit_id: draft.unitId, helper_ids: draft.helperIds } }
  return {
    action: 'dispatch',
    body: {
      unit_id: draft.unitId as string, person_id: draft.personId, helper_ids: draft.helperIds, due_at: draft.dueAt, requirement: draft.requirement.trim(), frontage_id: draft.frontageId,
      category: draft.category === filed.category.code ? null : draft.category,
      nature: draft.nature === filed.nature ? null : draft.nature,
    },
  }
}

/** "2026-08-12T09:31" as the clock on the town's wall shows it. */
export function townInput(at: Instant): string {
  const town = townTime(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${town.year}-${two(town.month)}-${two(town.day)}T${two(town.hour)}:${town.minute}`
}
export function fromTownInput(text: string): number | null {
  // Engines read an empty day as some year; only the whole form is a time.
  const asUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? Date.parse(`${text}:00Z`) : NaN
  if (Number.isNaN(asUtc)) return null
  return asUtc - (Date.parse(`${townInput(asUtc)}:00Z`) - asUtc)
}
