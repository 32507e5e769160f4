/** The outbox: drafts, what waits to be sent, what was sent. Plain TypeScript; screens read it through core/use-outbox.ts. */
import { offerAgain, tidy } from './keep'
import { mark, marked } from './marker'
import { drain, type Ended } from './sender'
import { next } from './states'
import * as store from './store'
import type { OutboxItem, PhotoRole } from './store'
import { durability, sha256Hex } from './wire'

export type { OutboxItem, OutboxPhoto, PhotoRole } from './store'
export { allItems, bytesOf, dropPhoto, getItem } from './store'

/** The phone has no room: said before the user walks on, not after. */
export class CannotSave extends Error {}

export interface Snapshot {
  items: OutboxItem[]
  /** Photos not yet with the server, in items that wait or are under way. */
  photosWaiting: number
  itemsWaiting: number
  parked: number
  /** Of the present run: photos sent and to send. */
  sending: { done: number; total: number } | null
  ended: Ended | null
  /** Things that waited here and are gone with the browser's storage: the person must hear of it. */
  lost: number
}

const listeners = new Set<(snapshot: Snapshot) => void>()
const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('xunfang-outbox') : null
let userId: string | null = null
/** Settled once the app has said who is signed in: a page may open faster than that. */
let tellOwner: () => void = () => undefined
const ownerTold = new Promise<void>((resolve) => (tellOwner = resolve))
let running: AbortController | null = null
let again = false
let timer: ReturnType<typeof setTimeout> | null = null
let ended: Ended | null = null
let asked = false
/** A consent text is to be agreed to first: everything stays here, nothing is sent. */
let heldForConsent = false
let lost = 0
/** Never the same twice: it is the order of sending. */
let lastCreated = 0

export function subscribe(listener: (snapshot: Snapshot) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export async function snapshot(): Promise<Snapshot> {
  const items = userId ? await store.itemsOf(userId) : []
  const moving = items.filter((item) => item.state === 'queued' || item.state === 'sending')
  const photos = moving.flatMap((item) => item.photos)
  const left = photos.filter((photo) => !photo.isAcked).length
  return {
    items,
    photosWaiting: left,
    itemsWaiting: moving.length,
    parked: items.filter((item) => item.state === 'parked').length,
    sending: running && moving.length ? { done: photos.length - left, total: photos.length } : null,
    ended,
    lost,
  }
}

const isUnsent = (item: OutboxItem) => item.state !== 'acked' && (item.state !== 'draft' || item.photos.length > 0)

async function tell(): Promise<void> {
  const now = await snapshot()
  if (userId && !lost) mark(userId, now.items.filter(isUnsent).length)
  listeners.forEach((listener) => listener(now))
}

async function changed(): Promise<void> {
  channel?.postMessage('changed')
  await tell()
}

function full(error: unknown): Error {
  const name = (error as DOMException | null)?.name
  return name === 'QuotaExceededError' ? new CannotSave('no room on this phone') : (error as Error)
}

/** Says before the camera opens whether a few more photos fit. Unknown counts as yes: saving tells for sure. */
export async function hasRoom(bytes: number): Promise<boolean> {
  const estimate = await navigator.storage?.estimate?.().catch(() => null)
  if (!estimate?.quota) return true
  return estimate.quota - (estimate.usage ?? 0) > bytes
}

/** A new draft, on the disk before the camera opens: Android may kill the page behind the camera. */
export async function beginDraft(kind: OutboxItem['kind'], body: Record<string, unknown>, label = '', record?: (id: string) => Pick<OutboxItem, 'to' | 'page'>): Promise<OutboxItem> {
  await ownerTold
  if (!userId) throw new Error('nobody is signed in')
  const id = crypto.randomUUID()
  const item: OutboxItem = {
    id, kind, userId, state: 'draft', body, photos: [], label, createdAt: (lastCreated = Math.max(Date.now(), lastCreated + 1)), tries: 0, nextTryAt: 0,
    parkedCode: null, parkedMembers: null, receivedAt: null, issueNo: null, issueId: null, ...record?.(id),
  }
  await store.putItem(item).catch((error: unknown) => { throw full(error) })
  return item
}

/** The newest draft of the signed-in person: what a killed page left behind. */
export async function lastDraft(kind: OutboxItem['kind'], fits: (item: OutboxItem) => boolean = () => true): Promise<OutboxItem | null> {
  await ownerTold
  if (!userId) return null
  return (await store.itemsOf(userId)).filter((item) => item.state === 'draft' && item.kind === kind && fits(item)).at(-1) ?? null
}

export async function updateDraft(id: string, body: Record<string, unknown>, label?: string): Promise<void> {
  await store.changeItem(id, (item) => {
    if (item.state !== 'draft') return
    item.body = body
    if (label !== undefined) item.label = label
  }).catch((error: unknown) => { throw full(error) })
}

/** Keeps a photo with its draft; the sha-256 is over exactly these bytes. Throws CannotSave when the phone is full. */
export async function addPhoto(itemId: string, role: PhotoRole, bytes: ArrayBuffer, type: string): Promise<string> {
  const photo = { id: crypto.randomUUID(), role, sha256: await sha256Hex(bytes), size: bytes.byteLength, type, isAcked: false }
  await store.addPhoto(itemId, photo, bytes).catch((error: unknown) => { throw full(error) })
  await changed()
  return photo.id
}

/** From here on the item belongs to the sender. `body` is final. Resolves when it is safe on this phone. */
export async function finish(id: string, body: Record<string, unknown>, label: string): Promise<void> {
  await store.changeItem(id, (item) => {
    item.body = body
    item.label = label
    item.state = next(item.state, 'finish')
    item.nextTryAt = 0
  }).catch((error: unknown) => { throw full(error) })
  await changed()
  wake()
  if (!asked) {
    asked = true
    void navigator.storage?.persist?.().catch(() => false)
  }
}

/** A draft the person threw away. Anything finished stays until the server has it. */
export async function discardDraft(id: string): Promise<void> {
  const item = await store.getItem(id)
  if (item?.state === 'draft') await store.deleteItem(id)
  await changed()
}

/** Parked, seen and sent once more by the person. */
export async function sendAgain(id: string): Promise<void> {
  await store.changeItem(id, (item) => {
    item.state = next(item.state, 'send_again')
    item.nextTryAt = 0
    item.parkedCode = item.parkedMembers = null
  })
  await changed()
  wake()
}

/** The person's own decision to give a parked item up, after a warning. The only way anything unsent leaves the phone. */
export async function giveUp(id: string): Promise<void> {
  const item = await store.getItem(id)
  if (item?.state === 'parked') await store.deleteItem(id)
  await changed()
}

/** A button, the network, the page coming to the front: try now what would otherwise wait. */
export async function retryNow(): Promise<void> {
  if (!userId) return
  for (const item of await store.itemsOf(userId)) {
    if (item.state === 'queued' || item.state === 'sending') await store.changeItem(item.id, (one) => void (one.nextTryAt = 0))
  }
  wake()
}

/** Keeps everything here until the person has agreed to the consent text in force; then sends at once. */
export async function holdForConsent(on: boolean): Promise<void> {
  if (on === heldForConsent) return
  heldForConsent = on
  if (on) wake()
  else await retryNow()
}

/** Starts a run, or has the one under way go round once more. */
export function wake(): void {
  if (!userId) return
  if (running) {
    again = true
    return
  }
  if (timer) clearTimeout(timer)
  timer = null
  void run(userId)
}

async function run(owner: string): Promise<void> {
  if (heldForConsent) {
    ended = 'consent'
    return tell()
  }
  const mine = (running = new AbortController())
  try {
    let nextAt: number | null
    do {
      again = false
      const result = await drain(owner, mine.signal, changed)
      ended = result.ended
      nextAt = result.nextAt
    } while (again && !mine.signal.aborted)
    if (ended === 'done') await settle(owner, mine.signal)
    // A sign-in or a consent wakes the sender itself; everything else is tried again in time.
    if (nextAt !== null && ended !== 'sign_in' && ended !== 'consent' && !mine.signal.aborted) timer = setTimeout(wake, Math.max(nextAt - Date.now(), 250))
  } finally {
    if (running === mine) running = null
    await tell()
  }
}

/** After a full run: let go of what backups cover, or offer everything again to a restored server. */
async function settle(owner: string, signal: AbortSignal): Promise<void> {
  const kept = (await store.itemsOf(owner)).some((item) => item.state === 'acked')
  if (!kept) return
  const said = await durability(signal).catch(() => null)
  if (!said || typeof said.restore_epoch !== 'number') return
  if (await offerAgain(owner, said.restore_epoch)) again = true
  else await tidy(owner, said.durable_through)
  if (again) setTimeout(wake, 0)
}

/** The person has read that something was lost. */
export async function lossSeen(): Promise<void> {
  lost = 0
  await tell()
}

/** Who is signed in; only this person's items are shown and sent. Null stops the sender and keeps everything. */
export async function signedInAs(id: string | null): Promise<void> {
  if (id === userId) {
    tellOwner()
    return wake()
  }
  running?.abort()
  running = null
  userId = id
  ended = null
  lost = id && (await store.itemsOf(id)).length === 0 ? marked(id) : 0
  tellOwner()
  await tell()
  wake()
}

const nudge = () => void retryNow()
const nudgeIfShown = () => {
  if (document.visibilityState === 'visible') wake()
}

/** Listens to everything that says "now may be a good time". Returns a function that stops it. */
export function start(): () => void {
  addEventListener('online', nudge)
  document.addEventListener('visibilitychange', nudgeIfShown)
  const tick = setInterval(wake, 60_000)
  const heard = () => void tell()
  channel?.addEventListener('message', heard)
  wake()
  return () => {
    removeEventListener('online', nudge)
    document.removeEventListener('visibilitychange', nudgeIfShown)
    channel?.removeEventListener('message', heard)
    clearInterval(tick)
    running?.abort()
  }
}
