/** Photos of one draft and what is said of them: on the disk after every step, so that a killed page loses nothing. */
import { toRaw } from 'vue'
import * as outbox from '@/core/outbox'
import type { PhotoRole } from '@/core/outbox'
import type { Shot } from './CameraView.vue'
import type { Fix } from './position'

/** What the draft holds of a photo beside its bytes. */
export interface Told {
  id: string
  captured_at: string
  lon: number | null
  lat: number | null
  accuracy_m: number | null
  capture: 'camera' | 'album'
}
export type Shown<T extends Told> = T & { url: string }

/** A photo whose bytes were kept just before the page was killed, and nothing more about it. */
export const untold = (id: string, item: outbox.OutboxItem): Told => ({ id, captured_at: new Date(item.createdAt).toISOString(), lon: null, lat: null, accuracy_m: null, capture: 'camera' })

/** `body`: all that the draft says now, with these photos. */
export function useDraftPhotos<T extends Told>(draft: { id: string | null; photos: Shown<T>[] }, body: (photos: Omit<Shown<T>, 'url'>[]) => Record<string, unknown>) {
  let keeping = Promise.resolve()
  /** Writes one after the other, so that the last word stays. What failed before, for want of room, must not keep the next from being tried. */
  function next(write: () => Promise<void>): Promise<void> {
    keeping = keeping.catch(() => undefined).then(write)
    return keeping
  }
  function keep(): Promise<void> {
    const { id } = draft
    if (!id) return keeping
    const now = body(toRaw(draft.photos).map(({ url: _url, ...rest }) => ({ ...rest })))
    return next(() => outbox.updateDraft(id, now))
  }

  /** Shows again what was left; what has no bytes is not there. */
  async function takeUp(photos: readonly T[]): Promise<void> {
    for (const photo of photos) {
      const bytes = await outbox.bytesOf(photo.id)
      if (bytes) draft.photos.push({ ...photo, url: URL.createObjectURL(new Blob([bytes])) })
    }
  }
  async function add(role: PhotoRole, shot: Shot, fix: Fix | null, more: Omit<T, keyof Told>): Promise<void> {
    if (!draft.id) throw new Error('no draft')
    const id = await outbox.addPhoto(draft.id, role, shot.bytes, shot.type)
    const here = shot.capture === 'camera' ? fix : null
    const taken: Told = { id, capture: shot.capture, captured_at: new Date().toISOString(), lon: here?.lon ?? null, lat: here?.lat ?? null, accuracy_m: here?.accuracy_m ?? null }
    draft.photos.push({ ...taken, ...more, url: shot.url } as Shown<T>)
    await keep()
  }
  /** Out of sight at once; the bytes stay until `gone`, so that `back` can put it where it was. */
  function takeOut(id: string): { back: () => void; gone: () => Promise<void> } | null {
    const at = draft.photos.findIndex((photo) => photo.id === id)
    const [from, photo] = [draft.id, draft.photos[at]]
    if (!photo || !from) return null
    draft.photos.splice(at, 1)
    void keep()
    const back = () => {
      draft.photos.splice(at, 0, photo)
      void keep()
    }
    const gone = () => {
      URL.revokeObjectURL(photo.url)
      return next(() => outbox.dropPhoto(from, id))
    }
    return { back, gone }
  }
  const remove = async (id: string) => takeOut(id)?.gone()
  function free(): void {
    draft.photos.forEach((photo) => URL.revokeObjectURL(photo.url))
    draft.photos.length = 0
  }
  return { keep, takeUp, add, takeOut, remove, free }
}
