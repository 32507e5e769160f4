/** One report being made: photos and facts, kept on the phone after every step, so that a killed page loses nothing. */
import { computed, reactive, toRaw } from 'vue'
import { clockOffsetMs } from '@/core/clock'
import * as outbox from '@/core/outbox'
import type { PhotoRole } from '@/core/outbox'
import type { Shot } from './CameraView.vue'
import { untold, useDraftPhotos, type Shown, type Told } from './draft-photos'
import type { Fix } from './position'

export type StoredPhoto = Told & { role: PhotoRole }
export type DraftPhoto = Shown<StoredPhoto>
export interface ReportFacts {
  category: string | null
  description: string
  pointId: string | null
  /** The person said: no point here. */
  noPoint: boolean
  /** The person chose the point; the proposal no longer follows the phone. */
  chosen: boolean
  farReason: string
  onSpot: boolean
  fixedBy: 'self' | 'other'
  fix: Fix | null
  /** The visit of a patrol during which this was found. */
  visitId: string | null
  photos: StoredPhoto[]
}
const EMPTY: ReportFacts = { category: null, description: '', pointId: null, noPoint: false, chosen: false, farReason: '', onSpot: false, fixedBy: 'self', fix: null, visitId: null, photos: [] }

/** Seconds to add to the phone's time; null while no server was heard. */
export function offsetSeconds(): number | null {
  const offset = clockOffsetMs()
  return offset === null ? null : Math.round(offset) / 1000
}

/** A photo as the server is told of it. */
export function photoBody(photo: StoredPhoto): Record<string, unknown> {
  const place = photo.lon === null ? {} : { lon: photo.lon, lat: photo.lat, accuracy_m: photo.accuracy_m, crs: 'wgs84' }
  return { id: photo.id, role: photo.role, captured_at: photo.captured_at, clock_offset_seconds: offsetSeconds(), capture: photo.capture, ...place }
}

export function useReportDraft() {
  const draft = reactive({ id: null as string | null, resumed: false, facts: structuredClone(EMPTY), photos: [] as DraftPhoto[] })
  const photos = useDraftPhotos<StoredPhoto>(draft, (now) => ({ facts: { ...structuredClone(toRaw(draft.facts)), photos: now } }))
  const { keep, takeOut } = photos

  /** Takes up what was left, if that is wanted, or begins anew; on the disk before the camera opens. `which`: this one. */
  async function begin(goesOn: (left: outbox.OutboxItem) => boolean | Promise<boolean> = () => true, which?: string): Promise<void> {
    const left = await outbox.lastDraft('report', (item) => !which || item.id === which)
    if (!left || !(await goesOn(left))) {
      draft.id = (await outbox.beginDraft('report', { facts: structuredClone(EMPTY) })).id
      return
    }
    draft.id = left.id
    Object.assign(draft.facts, EMPTY, left.body.facts as ReportFacts | undefined)
    const told = draft.facts.photos
    await photos.takeUp([...told, ...left.photos.filter(({ id }) => !told.some((one) => one.id === id)).map(({ id, role }) => ({ ...untold(id, left), role }))])
    draft.resumed = draft.photos.length > 0
  }

  async function add(role: PhotoRole, shot: Shot, fix: Fix | null): Promise<void> {
    if (fix && role === 'before') draft.facts.fix = fix
    await photos.add(role, shot, fix, { role })
  }

  /** Hands the report to the sender. Resolves when it is safe on this phone; it stays on the screen until `clear()`. */
  async function save(body: Record<string, unknown>, label: string): Promise<void> {
    if (!draft.id) throw new Error('no draft')
    await keep()
    const first = draft.photos[0]
    await outbox.finish(draft.id, { captured_at: first?.captured_at ?? new Date().toISOString(), clock_offset_seconds: offsetSeconds(), photos: draft.photos.map(photoBody), ...body }, label)
  }

  function clear(): void {
    photos.free()
    Object.assign(draft, { id: null, resumed: false, facts: structuredClone(EMPTY), photos: [] })
  }

  async function discard(): Promise<void> {
    if (draft.id) await outbox.discardDraft(draft.id)
    clear()
  }

  const befores = computed(() => draft.photos.filter((photo) => photo.role === 'before'))
  const afters = computed(() => draft.photos.filter((photo) => photo.role === 'after'))
  return { draft, befores, afters, begin, add, takeOut, keep, save, clear, discard }
}
export type ReportDraft = ReturnType<typeof useReportDraft>

/** Where a report says it was: the fix at the shutter, else the chosen point's own position. */
export function positionBody(facts: ReportFacts, point: { lon: number; lat: number } | null, now = Date.now()): Record<string, unknown> | null {
  const { fix } = facts
  if (fix) return { lon: fix.lon, lat: fix.lat, accuracy_m: fix.accuracy_m, age_seconds: Math.max(0, Math.round((now - fix.at) / 1000)), crs: 'wgs84', source: 'gps' }
  return point ? { lon: point.lon, lat: point.lat, crs: 'wgs84', source: 'point', reason: 'no_fix' } : null
}
