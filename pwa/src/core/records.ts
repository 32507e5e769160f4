/** What a phone keeps under an id of its own beside reports and commands: patrols, visits, findings. One PUT each, through the outbox. */
import { addPhoto, beginDraft, discardDraft, finish, lastDraft, type OutboxItem, type PhotoRole } from './outbox'

type Body = Record<string, unknown>
type Taken = { role: PhotoRole; bytes: ArrayBuffer; type: string }

/** A draft that becomes `PUT {base}/{its id}`; `page` is where the person goes on with it. On the disk when this resolves. */
export function beginRecord(base: string, body: Body, label: string, page?: string): Promise<OutboxItem> {
  return beginDraft('record', body, label, (id) => ({ to: { path: `${base}/${id}`, echo: id }, page }))
}

/** The newest draft of a record for `base`: what a killed page left behind. */
export async function lastRecord(base: string): Promise<OutboxItem | null> {
  return lastDraft('record', (item) => item.to?.path.startsWith(`${base}/`) ?? false)
}

/** Hands a whole record to the sender; resolves with its id when it is safe on this phone. */
export async function sendRecord(base: string, body: Body, label: string, photos: Taken[] = [], bodyOf: (photoIds: string[]) => Body = () => body): Promise<string> {
  const draft = await beginRecord(base, body, label)
  await finishWith(draft.id, label, photos, bodyOf)
  return draft.id
}

/** A later word on something sent before (a patrol's end, a to-do done): `PUT path`, whose answer echoes `about`. */
export async function sendWord(path: string, about: string, body: Body, label: string, photos: Taken[] = [], bodyOf: (photoIds: string[], id: string) => Body = () => body): Promise<void> {
  const draft = await beginDraft('record', body, label, () => ({ to: { path, echo: about } }))
  await finishWith(draft.id, label, photos, (ids) => bodyOf(ids, draft.id))
}

async function finishWith(id: string, label: string, photos: Taken[], bodyOf: (photoIds: string[]) => Body): Promise<void> {
  try {
    const ids: string[] = []
    for (const photo of photos) ids.push(await addPhoto(id, photo.role, photo.bytes, photo.type))
    await finish(id, bodyOf(ids), label)
  } catch (error) {
    await discardDraft(id)
    throw error
  }
}
