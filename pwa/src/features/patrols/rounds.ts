/** Rounds as the phone sees them: which one is next, its stops, what was found. Pure. */
import type { Schemas } from '@/api/call'
import { townTime } from '@/core/format'
import type { OutboxItem } from '@/core/outbox'

export type Mine = Schemas['MineOut']
export type Slot = Schemas['MySlot']
export type Place = Schemas['PlaceOut']
export type CheckLine = Mine['checklists'][string][number]

/** What is known of a place already looked at on this walk. */
export interface Looked {
  visit: string
  findings: number
}
/** Everything a walk needs, copied when it starts: from then on nothing has to be fetched. */
export interface Kit {
  slot: Slot
  places: Place[]
  checklists: Mine['checklists']
  scale: Mine['scale']
  behaviours: Mine['behaviours']
  publicity: Mine['publicity']
  standard_version: string
  /** The walkers choose the places: none is named. */
  chooses?: boolean
}
export interface People {
  adults: string[]
  children_count: number
  units: string[]
}
export type Tally = 'dissuasion' | 'publicity'
/** The draft of a patrol. What stands under `local` stays on the phone. */
export interface WalkBody {
  /** null: nobody planned this walk. */
  slot_id: string | null
  kind: Slot['kind']
  started_at: string
  ended_at: string | null
  participants: People
  tallies: Record<Tally, Record<string, number>>
  is_covert: boolean
  clock_offset_seconds: number | null
  local: { kit: Kit; looked: Record<string, Looked> }
}
export interface Walk {
  id: string
  body: WalkBody
}
export interface Stop {
  place: Place
  state: 'done' | 'next' | 'todo'
  /** Found there on this walk; null: somebody else was there. */
  findings: number | null
}

export function isWalk(item: OutboxItem): boolean {
  return item.kind === 'record' && item.state === 'draft' && (item.to?.path.startsWith('/api/patrols/') ?? false) && item.body.local !== undefined
}

export function walksOf(items: readonly OutboxItem[]): Walk[] {
  return items.filter(isWalk).map((item) => ({ id: item.id, body: item.body as unknown as WalkBody }))
}

/** Walks this phone has ended; the server may not have heard of them yet. */
export function endedSlots(items: readonly OutboxItem[]): Set<string> {
  const ended = items.filter((item) => item.kind === 'record' && item.state !== 'draft' && item.to?.path.startsWith('/api/patrols/') && item.body.ended_at)
  return new Set(ended.map((item) => String(item.body.slot_id)))
}

export function kitOf(mine: Mine, slot: Slot): Kit {
  const ids = new Set(slot.targets.map((target) => target.id))
  const places = mine.places.filter((place) => ids.has(place.id))
  const types = new Set(places.map((place) => place.type_code))
  const checklists = Object.fromEntries(Object.entries(mine.checklists).filter(([type]) => types.has(type)))
  return { slot, places, checklists, scale: mine.scale, behaviours: mine.behaviours, publicity: mine.publicity, standard_version: mine.standard_version, chooses: slot.targets.length === 0 }
}

/** In walking order; the first not looked at is next. */
export function stopsOf(slot: Slot, places: readonly Place[], looked: Record<string, Looked>): Stop[] {
  const by = new Map(places.map((place) => [place.id, place]))
  let next = true
  return slot.targets.flatMap((target): Stop[] => {
    const place = by.get(target.id)
    if (!place) return []
    const here = looked[target.id]
    if (here || target.visited_at) return [{ place, state: 'done', findings: here ? here.findings : null }]
    const state = next ? 'next' : 'todo'
    next = false
    return [{ place, state, findings: null }]
  })
}

/** At most `most` stops around the next one: what was just done, and what follows. */
export function around(stops: readonly Stop[], most = 5): { shown: Stop[]; before: number; after: number } {
  const at = stops.findIndex((stop) => stop.state === 'next')
  const centre = at < 0 ? stops.length : at
  const start = Math.max(0, Math.min(centre - 2, stops.length - most))
  const shown = stops.slice(start, start + most)
  return { shown, before: start, after: stops.length - start - shown.length }
}

function dayOf(at: string | number): number {
  return townTime(at).dayNumber
}

/** Today's rounds: the one for the big card, and the others of the day. A walk under way comes first. */
export function todays(mine: Mine | undefined, walks: readonly Walk[], ended: ReadonlySet<string>, now: number): { main: Slot | null; walk: Walk | null; others: Slot[] } {
  const walk = walks.at(-1) ?? null
  const slots = (mine?.slots ?? []).filter((slot) => Date.parse(slot.starts_at) <= now ? Date.parse(slot.ends_at) > now : dayOf(slot.starts_at) === dayOf(now))
  const open = slots.filter((slot) => slot.state !== 'done' && slot.state !== 'missed' && !ended.has(slot.id))
  // Whose window closes first comes first: one for the hour before one for the day.
  open.sort((a, b) => Date.parse(a.ends_at) - Date.parse(b.ends_at) || a.id.localeCompare(b.id))
  const main = walk ? walk.body.local.kit.slot : (open.find((slot) => Date.parse(slot.starts_at) <= now) ?? open[0] ?? null)
  return { main, walk, others: slots.filter((slot) => slot.id !== main?.id) }
}

export type Here = { lon: number; lat: number; accuracy_m: number }

/** As the server judges it: the distance less the accuracy, which counts for 200 m at most, is within the fence. */
export function isInside(metres: number, accuracy: number, fence: number): boolean {
  return metres - Math.min(accuracy, 200) <= fence
}
