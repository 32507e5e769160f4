/** A fix being photographed: on the phone before the camera opens, taken up again after the page was killed. */
import { reactive, toRaw } from 'vue'
import { photoBody, useDraftPhotos, type Fix, type Shot, type Shown, type Told } from '@/features/capture'
import * as outbox from '@/core/outbox'
import { ahead, commandBody, type Target } from '@/core/commands'

type Stored = Told & { before_id: string }
export type AfterPhoto = Shown<Stored>
interface Kept {
  target: string
  action: 'rectify'
  measure: string
  photos: Stored[]
}

export function useAfterDraft() {
  const draft = reactive({ id: null as string | null, resumed: false, measure: '', photos: [] as AfterPhoto[] })
  let target = ''
  const kept = (now: Stored[]): Kept & Record<string, unknown> => ({ target, action: 'rectify', measure: draft.measure, photos: now })
  const photos = useDraftPhotos<Stored>(draft, kept)
  const { keep, remove, free } = photos

  async function begin(issueId: string, label: string): Promise<void> {
    target = issueId
    // Waits until the outbox knows whose it is: a killed page comes back by its address.
    const any = await outbox.lastDraft('command')
    const left = any && (await outbox.snapshot()).items.filter((item) => item.kind === 'command' && item.state === 'draft' && item.body.target === issueId && item.body.action === 'rectify').at(-1)
    if (!left) {
      draft.id = (await outbox.beginDraft('command', kept([]), label)).id
      return
    }
    draft.id = left.id
    const body = left.body as unknown as Kept
    draft.measure = body.measure
    await photos.takeUp(body.photos)
    draft.resumed = draft.photos.length > 0
  }
  const add = (beforeId: string, shot: Shot, fix: Fix | null) => photos.add('after', shot, fix, { before_id: beforeId })
  async function submit(issue: Target, label: string): Promise<void> {
    if (!draft.id) throw new Error('no draft')
    await keep()
    const waiting = ahead((await outbox.snapshot()).items, issue)
    const named = draft.photos.map((photo) => {
      const told = photoBody({ ...toRaw(photo), role: 'after' })
      delete told.role
      return { ...told, before_id: photo.before_id }
    })
    await outbox.finish(draft.id, commandBody('rectify', issue, { measure: draft.measure.trim(), photos: named }, waiting), label)
    free()
    draft.id = null
  }
  async function discardIfEmpty(): Promise<void> {
    if (draft.id && draft.photos.length === 0) await outbox.discardDraft(draft.id)
  }
  return { draft, begin, add, remove, keep, submit, free, discardIfEmpty }
}
