/** What the office reads: plans, slots of a week, records. */
import { useQuery } from '@tanstack/vue-query'
import { computed, reactive, type Ref } from 'vue'
import { call } from '@/api/call'
import type { Schemas } from '@/api/call'
import { townTime } from '@/core/format'

export type Plan = Schemas['PlanOut']
export type DeskSlot = Awaited<ReturnType<typeof slotsBetween>>[number]
const MOST_PAGES = 12
const DAY_MS = 86_400_000

/** 2026-11-22 of a day number of the town. */
export function isoDay(dayNumber: number): string {
  return new Date(dayNumber * DAY_MS).toISOString().slice(0, 10)
}
export function todayNumber(at: number): number {
  return townTime(at).dayNumber
}
/** Monday of the week of a day. */
export function mondayOf(dayNumber: number): number {
  return dayNumber - ((new Date(dayNumber * DAY_MS).getUTCDay() + 6) % 7)
}
async function slotsBetween(first: string, last: string, signal: AbortSignal) {
  const read = (cursor: string | null) => call('get', '/api/patrols/slots', { query: { first, last, limit: 200, cursor }, signal })
  const items = []
  let cursor: string | null = null
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer: Awaited<ReturnType<typeof read>> = await read(cursor)
    items.push(...answer.items)
    cursor = answer.next ?? null
    if (!cursor) break
  }
  return items
}

export function usePlans() {
  return reactive(useQuery({ queryKey: ['patrols', 'plans'], queryFn: ({ signal }) => call('get', '/api/patrols/plans', { signal }) }))
}
export function useWeek(monday: Ref<number>) {
  const first = computed(() => isoDay(monday.value))
  const last = computed(() => isoDay(monday.value + 6))
  return reactive(useQuery({ queryKey: ['patrols', 'slots', first], queryFn: ({ signal }) => slotsBetween(first.value, last.value, signal), refetchInterval: 120_000 }))
}

export interface Cell { done: number; running: number; missed: number; due: number; slots: DeskSlot[] }
export interface PlanRow { id: string; plan: DeskSlot['plan']; cells: (Cell | null)[] }

/** Plans down, days across; each cell counts its rounds by state. */
export function gridOf(slots: readonly DeskSlot[], monday: number): PlanRow[] {
  const rows = new Map<string, PlanRow>()
  for (const slot of slots) {
    const day = Date.parse(`${slot.local_on}T00:00:00Z`) / DAY_MS - monday
    if (day < 0 || day > 6) continue
    const row = rows.get(slot.plan.id) ?? { id: slot.plan.id, plan: slot.plan, cells: Array<Cell | null>(7).fill(null) }
    const cell = (row.cells[day] ??= { done: 0, running: 0, missed: 0, due: 0, slots: [] })
    cell[slot.state] += 1
    cell.slots.push(slot)
    rows.set(slot.plan.id, row)
  }
  return [...rows.values()].sort((a, b) => a.plan.code.localeCompare(b.plan.code))
}
