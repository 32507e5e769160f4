/** Photos of one finding (or of one case verified), with what is said of them: on the disk after every step. */
import { reactive, toRaw } from 'vue'
import * as outbox from '@/core/outbox'
import { beginRecord, lastRecord } from '@/core/records'
import { offsetSeconds, photoBody, untold, useDraftPhotos, type Fix, type Shot, type Shown, type Told } from '@/features/capture'

type Stored = Told & { role: 'site' }
export type TakenPhoto = Shown<Stored>
export interface Facts {
  pointId: string | null
  item: string | null
  category: string | null
  nature: 'ordinary' | 'difficult' | 'urgent'
  result: 'solved' | 'not_solved' | 'relapsed' | null
  text: string
  fix: Fix | null
  photos: Stored[]
}
const EMPTY: Facts = { pointId: null, item: null, category: null, nature: 'ordinary', result: null, text: '', fix: null, photos: [] }

export function useShots(assignmentId: string, kind: 'finding' | 'verification', findingId: string | null, page: string) {
  const base = `/api/cross/${kind}s`
  const draft = reactive({ id: null as string | null, resumed: false, facts: structuredClone(EMPTY), photos: [] as TakenPhoto[] })
  const about = { assignment_id: assignmentId, ...(findingId ? { finding_id: findingId } : {}) }
  const photos = useDraftPhotos<Stored>(draft, (now) => ({ ...about, facts: { ...structuredClone(toRaw(draft.facts)), photos: now } }))
  const { keep, takeOut } = photos

  /** Takes up what a killed page left, or begins anew with `first`; on the disk before the camera opens. */
  async function begin(first: Partial<Facts>, label: string): Promise<void> {
    const left = await lastRecord(base)
    if (!left || left.body.assignment_id !== assignmentId || (findingId && left.body.finding_id !== findingId) || !left.photos.length) {
      if (left && !left.photos.length) await outbox.discardDraft(left.id)
      Object.assign(draft.facts, first)
      draft.id = (await beginRecord(base, { ...about, facts: structuredClone(toRaw(draft.facts)) }, label, page)).id
      return
    }
    draft.id = left.id
    Object.assign(draft.facts, EMPTY, left.body.facts as Facts | undefined)
    await photos.takeUp(left.photos.map(({ id }) => draft.facts.photos.find((one) => one.id === id) ?? { ...untold(id, left), role: 'site' as const }))
    draft.resumed = true
  }

  async function add(shot: Shot, fix: Fix | null): Promise<void> {
    if (fix) draft.facts.fix = fix
    await photos.add('site', shot, fix, { role: 'site' })
  }

  /** For good: resolves when it is safe on this phone. */
  async function save(label: string): Promise<void> {
    if (!draft.id) throw new Error('no draft')
    await keep()
    await outbox.finish(draft.id, { ...about, ...bodyOf(draft.facts, draft.photos, kind) }, label)
  }

  async function discard(): Promise<void> {
    if (draft.id) await outbox.discardDraft(draft.id)
    clear()
  }
  function clear(): void {
    photos.free()
    Object.assign(draft, { id: null, resumed: false, facts: structuredClone(EMPTY), photos: [] })
  }
  return { draft, begin, add, takeOut, keep, save, discard, clear }
}
export type Shots = ReturnType<typeof useShots>

function bodyOf(facts: Facts, photos: readonly TakenPhoto[], kind: 'finding' | 'verification'): Record<string, unknown> {
  const named = photos.map((photo) => {
    const body = photoBody(photo)
    delete body.role
    return body
  })
  const captured_at = photos[0]?.captured_at ?? new Date().toISOString()
  if (kind === 'verification') return { result: facts.result, note: facts.text.trim(), captured_at, photos: named }
  const { fix } = facts
  const position = fix && { lon: fix.lon, lat: fix.lat, accuracy_m: fix.accuracy_m, age_seconds: Math.max(0, Math.round((Date.now() - fix.at) / 1000)), crs: 'wgs84', source: 'gps' }
  return { point_id: facts.pointId, item: facts.item, category: facts.category, nature: facts.nature, description: facts.text.trim(), captured_at, clock_offset_seconds: offsetSeconds(), position: position || null, photos: named }
}
