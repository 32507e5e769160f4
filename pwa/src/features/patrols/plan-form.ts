/** What the form of a plan offers, and how its choices are written. Pure. */
import type { Plan } from './desk'

export const KINDS = ['daily', 'leader_area', 'department', 'self_check', 'watch', 'citizen_patrol', 'third_party_grid', 'video', 'follow_up', 'fixed_time_point', 'baseline', 'special', 'key_point', 'supervision'] as const
export const TARGETS = ['all_key_points', 'key_and_radiating_points', 'all_points', 'own_points', 'own_territory', 'watched_points', 'closed_last_30_days', 'points', 'chosen', 'all_grids', 'cameras'] as const
type Party = Plan['parties'][number]

export function partyValue(party: Party): string {
  return `${party.kind}:${party.code}`
}
export function partiesOf(values: readonly string[]): Party[] {
  return values.map((value) => ({ kind: value.slice(0, value.indexOf(':')) as Party['kind'], code: value.slice(value.indexOf(':') + 1) }))
}
export function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}
/** Nobody wants to think of a code: the moment is unique enough within a town. */
export function codeNow(at: number): string {
  return `P${new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)}`
}
