/** What a walk writes: each step is on this phone before it is shown. Places are noted at check-ins only, never a track. */
import { clockOffsetMs } from '@/core/clock'
import * as outbox from '@/core/outbox'
import type { OutboxItem } from '@/core/outbox'
import { FREE } from './free'
import type { Here, Kit, Looked, People, Place, WalkBody } from './rounds'
import { findingsOf, isVisit, sentOf, type VisitBody } from './visits'

export function offsetSeconds(): number | null {
  const offset = clockOffsetMs()
  return offset === null ? null : Math.round(offset) / 1000
}
/** Without Vue's proxies, which no store takes. Bodies are JSON anyway. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}
function sent(body: WalkBody): Record<string, unknown> {
  return { ...plain(body), local: undefined }
}

/** Starts a walk: the draft holds everything, and the server is told at once that it has begun. */
export async function startWalk(kit: Kit, people: People, label: string, isCovert = false): Promise<string> {
  const body: WalkBody = {
    slot_id: kit.slot.id === FREE ? null : kit.slot.id, kind: kit.slot.kind, started_at: new Date().toISOString(), ended_at: null, participants: plain(people),
    tallies: { dissuasion: {}, publicity: {} }, is_covert: isCovert, clock_offset_seconds: offsetSeconds(), local: { kit: plain(kit), looked: {} },
  }
  const walk = await outbox.beginDraft('record', { ...body }, label, (id) => ({ to: { path: `/api/patrols/${id}`, echo: id }, page: `/patrol/${kit.slot.id}` }))
  const first = await outbox.beginDraft('record', sent(body), label, () => ({ to: { path: `/api/patrols/${walk.id}`, echo: walk.id } }))
  await outbox.finish(first.id, sent(body), label)
  return walk.id
}

export async function keepWalk(id: string, body: WalkBody): Promise<void> {
  await outbox.updateDraft(id, { ...plain(body) })
}

/** Ends the walk and what was begun at its stops: answered visits are sent, empty ones were none. */
export async function endWalk(id: string, body: WalkBody, label: string): Promise<void> {
  const { items } = await outbox.snapshot()
  for (const visit of items.filter((item) => isVisit(item) && item.state === 'draft' && item.body.patrol_id === id)) {
    const told = visit.body as unknown as VisitBody
    if (told.results.length || findingsOf(items, visit.id).length) await outbox.finish(visit.id, sentOf(told, body.local.kit.scale, new Date().toISOString()), visit.label)
    else await outbox.discardDraft(visit.id)
  }
  await outbox.finish(id, sent({ ...plain(body), ended_at: new Date().toISOString(), clock_offset_seconds: offsetSeconds() }), label)
}

/** The visit's id is there before the camera opens: findings name it. */
export async function beginVisit(patrolId: string, place: Place, standardVersion: string, label: string): Promise<string> {
  const body: VisitBody = {
    patrol_id: patrolId, point_id: place.place === 'point' ? place.id : null, grid_id: place.place === 'grid' ? place.id : null, arrived_at: new Date().toISOString(), left_at: null,
    position: null, away_reason: '', standard_version: standardVersion, results: [], all_fine: false, note: '', clock_offset_seconds: offsetSeconds(),
    local: { place: place.id, findings: {}, asked: '', looked: {} },
  }
  return (await outbox.beginDraft('record', { ...body }, label, (id) => ({ to: { path: `/api/visits/${id}`, echo: id }, page: `/visit/${id}` }))).id
}

export async function keepVisit(id: string, body: VisitBody): Promise<void> {
  await outbox.updateDraft(id, { ...plain(body) })
}

/** The look is over: it goes to the sender, and the walk remembers it. */
export async function endVisit(visit: OutboxItem, body: VisitBody, walk: { id: string; body: WalkBody }, findings: number): Promise<void> {
  await outbox.finish(visit.id, sentOf(plain(body), walk.body.local.kit.scale, new Date().toISOString()), visit.label)
  const looked: Record<string, Looked> = { ...walk.body.local.looked, [body.local.place]: { visit: visit.id, findings } }
  await keepWalk(walk.id, { ...walk.body, local: { ...walk.body.local, looked } })
}

/** The position at a check-in, as the server is told of it. */
export function fixBody(here: Here): VisitBody['position'] {
  return { lon: here.lon, lat: here.lat, accuracy_m: here.accuracy_m, crs: 'wgs84' }
}

/** Where the phone is, if that may be known without asking: nothing pops up on the home screen. */
export async function hereIfAllowed(): Promise<Here | null> {
  const allowed = await navigator.permissions?.query({ name: 'geolocation' }).catch(() => null)
  if (allowed?.state !== 'granted') return null
  return new Promise((resolve) =>
    navigator.geolocation.getCurrentPosition(({ coords }) => resolve({ lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy }), () => resolve(null), { maximumAge: 60_000, timeout: 8_000 }),
  )
}
