/** A fix being photographed: on the phone before the camera opens, taken up again after the page was killed. */
import { reactive, toRaw } from 'vue'
import { photoBody, type Fix } from '@/features/capture'
import * as outbox from '@/core/outbox'
import { ahead, commandBody, type Target } from '@/core/commands'

export interface AfterPhoto {
  id: string
  before_id: string
  captured_at: string
  lon: number | null
  lat: number | null
  accuracy_m: number | null
  capture: 'camera' | 'album'
  url: string
}
interface Kept {
  target: string
  action: 'rectify'
  measure: string
  photos: Omit<AfterPhoto, 'url'>[]
}
interface Shot {
  bytes: ArrayBuffer
  type: string
  url: string
  capture: 'camera' | 'album'
}

export function useAfterDraft() {
  const draft = reactive({ id: null as string | null, resumed: false, measure: '', photos: [] as AfterPhoto[] })
  let target = ''
  let keeping = Promise.resolve()

  function kept(): Kept & Record<string, unknown> {
    return { target, action: 'rectify', measure: draft.measure, photos: toRaw(draft.photos).map(({ url: _url, ...rest }) => ({ ...rest })) }
  }
  function keep(): Promise<void> {
    const { id } = draft
    if (!id) return keeping
    const body = kept()
    keeping = keeping.then(() => outbox.updateDraft(id, body))
    return keeping
  }
  async function begin(issueId: string, label: string): Promise<void> {
    target = issueId
    // Waits until the outbox knows whose it is: a killed page comes back by its address.
    const any = await outbox.lastDraft('command')
    const left = any && (await outbox.snapshot()).items.filter((item) => item.kind === 'command' && item.state === 'draft' && item.body.target === issueId && item.body.action === 'rectify').at(-1)
    if (!left) {
      draft.id = (await outbox.beginDraft('command', kept(), label)).id
      return
    }
    draft.id = left.id
    const body = left.body as unknown as Kept
    draft.measure = body.measure
    for (const photo of body.photos) {
      const bytes = await outbox.bytesOf(photo.id)
      if (bytes) draft.photos.push({ ...photo, url: URL.createObjectURL(new Blob([bytes])) })
    }
    draft.resumed = draft.photos.length > 0
  }
  async function add(beforeId: string, shot: Shot, fix: Fix | null): Promise<void> {
    if (!draft.id) throw new Error('no draft')
    const id = await outbox.addPhoto(draft.id, 'after', shot.bytes, shot.type)
    const here = shot.capture === 'camera' ? fix : null
    draft.photos.push({ id, before_id: beforeId, url: shot.url, capture: shot.capture, captured_at: new Date().toISOString(), lon: here?.lon ?? null, lat: here?.lat ?? null, accuracy_m: here?.accuracy_m ?? null })
    await keep()
  }
  async function remove(id: string): Promise<void> {
    const at = draft.photos.findIndex((photo) => photo.id === id)
    if (at < 0 || !draft.id) return
    URL.revokeObjectURL(draft.photos[at]!.url)
    draft.photos.splice(at, 1)
    await keep()
    await outbox.dropPhoto(draft.id, id)
  }
  async function submit(issue: Target, label: string): Promise<void> {
    if (!draft.id) throw new Error('no draft')
    await keep()
    const waiting = ahead((await outbox.snapshot()).items, issue)
    const photos = draft.photos.map((photo) => {
      const told = photoBody({ ...toRaw(photo), role: 'after' })
      delete told.role
      return { ...told, before_id: photo.before_id }
    })
    await outbox.finish(draft.id, commandBody('rectify', issue, { measure: draft.measure.trim(), photos }, waiting), label)
    free()
    draft.id = null
  }
  function free(): void {
    draft.photos.forEach((photo) => URL.revokeObjectURL(photo.url))
    draft.photos = []
  }
  async function discardIfEmpty(): Promise<void> {
    if (draft.id && draft.photos.length === 0) await outbox.discardDraft(draft.id)
  }
  return { draft, begin, add, remove, keep, submit, free, discardIfEmpty }
}
