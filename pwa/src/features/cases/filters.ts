/** What is asked of the list, as it stands in the address: a filter can be sent to a colleague. Pure but for the saved ones. */
import type { LocationQuery } from 'vue-router'
import { fromInput } from '@/ui/form/form'

const MANY = ['state', 'nature', 'category', 'source'] as const
const ONE = ['unit', 'point', 'grid', 'q', 'found_from', 'found_until', 'reporter', 'assignee'] as const
const FLAGS = ['overdue', 'held', 'sampled', 'bounced', 'lead', 'to_decide'] as const
export type Many = (typeof MANY)[number]
export type Flag = (typeof FLAGS)[number]
export const SORTS = ['found', 'due', 'updated'] as const
export type Sort = (typeof SORTS)[number]
export type Filter = Record<Many, string[]> & Record<(typeof ONE)[number], string> & Record<Flag, boolean> & { sort: Sort }
export interface Saved { name: string; query: Record<string, string | string[]> }

const list = (value: LocationQuery[string] | undefined): string[] => (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string' && one !== '')

export function filterOf(query: LocationQuery): Filter {
  const sort = list(query.sort)[0] as Sort
  return {
    ...Object.fromEntries(MANY.map((name) => [name, list(query[name])])),
    ...Object.fromEntries(ONE.map((name) => [name, list(query[name])[0] ?? ''])),
    ...Object.fromEntries(FLAGS.map((name) => [name, list(query[name])[0] === 'true'])),
    sort: SORTS.includes(sort) ? sort : 'found',
  } as Filter
}

/** Only what is set: a short address. */
export function queryOf(filter: Filter): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {}
  for (const name of MANY) if (filter[name].length) query[name] = filter[name]
  for (const name of ONE) if (filter[name]) query[name] = filter[name]
  for (const name of FLAGS) if (filter[name]) query[name] = 'true'
  if (filter.sort !== 'found') query.sort = filter.sort
  return query
}

const DAY = 86_400_000
/** For the server: days become moments of the town; the last day is included. */
export function askOf(filter: Filter): Record<string, string | string[]> {
  const asked = queryOf(filter)
  const from = filter.found_from && fromInput(`${filter.found_from}T00:00`)
  const until = filter.found_until && fromInput(`${filter.found_until}T00:00`)
  delete asked.found_from
  delete asked.found_until
  if (from) asked.found_from = from
  if (until) asked.found_until = new Date(Number(new Date(until)) + DAY).toISOString()
  return asked
}

/** How many conditions are set, besides the words searched for and the order. */
export const setCount = (filter: Filter): number => Object.keys(queryOf(filter)).filter((name) => name !== 'q' && name !== 'sort').length

export const OPEN_STATES = ['submitted', 'dispatched', 'rectifying', 'coordinating', 'deferred', 'in_review']

/** "My work today": what this person's roles must move, soonest first. */
export function todayOf(may: (what: 'may_triage' | 'may_review' | 'may_lead' | 'is_unit') => boolean): Record<string, string | string[]> {
  if (may('may_lead')) return { to_decide: 'true', sort: 'due' }
  if (may('may_triage')) return { state: ['submitted'], sort: 'due' }
  if (may('may_review')) return { state: ['in_review'], sort: 'due' }
  if (may('is_unit')) return { unit: 'mine', state: ['dispatched', 'rectifying'], sort: 'due' }
  return { assignee: 'me', state: OPEN_STATES, sort: 'due' }
}

const STORE = 'xf.case-filters'
export function loadSaved(): Saved[] {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? '[]') as unknown
    return Array.isArray(kept) ? (kept as Saved[]).filter((one) => typeof one?.name === 'string' && typeof one.query === 'object') : []
  } catch {
    return []
  }
}
export function storeSaved(saved: readonly Saved[]): void {
  try {
    localStorage.setItem(STORE, JSON.stringify(saved))
  } catch {
    // Without storage they last until the page is left.
  }
}
