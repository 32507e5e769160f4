/** The section of cases on a point's card, as the server sends it. */
import type { Schemas } from '@/api/call'

type Item = Schemas['IssueListItem']
export interface Group { open: number; overdue: number; items: Item[] }
export interface Cases extends Group { surroundings: Group }

const EMPTY: Group = { open: 0, overdue: 0, items: [] }
const isGroup = (value: unknown): value is Group => typeof value === 'object' && value !== null && 'open' in value && 'items' in value

/** What the card says of cases; nothing where it says nothing. */
export function casesOf(sections: Record<string, unknown> | undefined): Cases {
  const told = sections?.issues
  if (!isGroup(told)) return { ...EMPTY, surroundings: EMPTY }
  const around = (told as Partial<Cases>).surroundings
  return { ...told, surroundings: isGroup(around) ? around : EMPTY }
}

export interface Visit { id: string; at: string; kind: string | null; score: number | null; is_clean: boolean }
export type Shop = Schemas['FrontageOut']
/** Shops at the point, by code. */
export const shopsOf = (sections: Record<string, unknown> | undefined): Shop[] => (Array.isArray(sections?.frontages) ? (sections.frontages as Shop[]) : [])
/** The last visits the viewer may know of, newest first. */
export const visitsOf = (sections: Record<string, unknown> | undefined): Visit[] => (Array.isArray(sections?.visits) ? (sections.visits as Visit[]) : [])

/** Who is sent to the point for a period, and which units have people on duty there now. */
export interface OnDuty {
  seconded: { id: string; zh: string; en: string; unit: { zh: string; en: string }; since: string; until: string }[]
  units: { id: string; zh: string; en: string; rostered: number; there: number }[]
}
export function dutyOf(sections: Record<string, unknown> | undefined): OnDuty {
  const told = sections?.duty as Partial<OnDuty> | null | undefined
  return { seconded: told?.seconded ?? [], units: told?.units ?? [] }
}
