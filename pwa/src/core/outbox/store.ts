/** Two IndexedDB stores, items and photo bytes, written with durability "strict"; plus a row for the lease and the epoch. */
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb'
import type { ItemState } from './states'

export type PhotoRole = 'before' | 'after' | 'site'

/** A photo of an item. `body` holds what the server is told about it beside the id. */
export interface OutboxPhoto {
  id: string
  role: PhotoRole
  sha256: string
  size: number
  type: string
  isAcked: boolean
}

export interface OutboxItem {
  /** Made here; the server's idempotency key, never reused. */
  id: string
  kind: 'report' | 'command' | 'record'
  /** Of a record: the address that is PUT, and the id its answer echoes. */
  to?: { path: string; echo: string }
  /** Of a record's draft: the page where it is gone on with. */
  page?: string
  /** Never sent under another session. */
  userId: string
  state: ItemState
  /** The JSON that is sent, without secrets. Fixed once the item is finished. */
  body: Record<string, unknown>
  photos: OutboxPhoto[]
  /** What the lists show: words chosen at saving time. */
  label: string
  createdAt: number
  tries: number
  nextTryAt: number
  parkedCode: string | null
  parkedMembers: Record<string, unknown> | null
  receivedAt: string | null
  issueNo: number | null
  issueId: string | null
}

interface PhotoBytes {
  id: string
  itemId: string
  /** ArrayBuffer, not Blob: Safari has failed on Blobs. */
  bytes: ArrayBuffer
}

interface OutboxSchema extends DBSchema {
  items: { key: string; value: OutboxItem; indexes: { byUser: string } }
  photos: { key: string; value: PhotoBytes; indexes: { byItem: string } }
  meta: { key: string; value: { key: string; owner?: string; until?: number; epoch?: number } }
}
type Db = IDBPDatabase<OutboxSchema>
type StoreName = 'items' | 'photos' | 'meta'

export const DATABASE = 'xunfang-outbox'
let opening: Promise<Db> | null = null

export function open(): Promise<Db> {
  opening ??= openDB<OutboxSchema>(DATABASE, 1, {
    upgrade(db) {
      db.createObjectStore('items', { keyPath: 'id' }).createIndex('byUser', 'userId')
      db.createObjectStore('photos', { keyPath: 'id' }).createIndex('byItem', 'itemId')
      db.createObjectStore('meta', { keyPath: 'key' })
    },
    terminated() {
      opening = null
    },
  }).catch((error: unknown) => {
    opening = null
    throw error
  })
  return opening
}

/** Closes the connection: tests, and the browser's own clearing of storage. */
export async function close(): Promise<void> {
  const db = await opening
  opening = null
  db?.close()
}

type Tx<N extends StoreName[]> = IDBPTransaction<OutboxSchema, N, 'readwrite'>

/** One strict transaction: done means on the disk, as far as a browser can promise. */
async function write<N extends StoreName[], R>(names: [...N], work: (tx: Tx<N>) => Promise<R>): Promise<R> {
  const db = await open()
  const tx = db.transaction(names, 'readwrite', { durability: 'strict' })
  try {
    const [result] = await Promise.all([work(tx as Tx<N>), tx.done])
    return result
  } catch (error) {
    // A request that fell with its transaction only says AbortError; the transaction says why: the phone is full, for example.
    const why: unknown = await tx.done.then(() => error, (ended: unknown) => ended)
    throw (why as DOMException | null)?.name === 'AbortError' ? error : why
  }
}

export async function putItem(item: OutboxItem): Promise<void> {
  await write(['items'], (tx) => tx.objectStore('items').put(structuredClone(item)))
}

/** Changes one item in one transaction, so that two pages cannot undo each other. Returns null if it is gone. */
export async function changeItem(id: string, change: (item: OutboxItem) => void): Promise<OutboxItem | null> {
  return write(['items'], async (tx) => {
    const store = tx.objectStore('items')
    const item = await store.get(id)
    if (!item) return null
    change(item)
    await store.put(item)
    return item
  })
}

/** A photo's bytes and the item that names it, together or not at all. */
export async function addPhoto(itemId: string, photo: OutboxPhoto, bytes: ArrayBuffer): Promise<void> {
  await write(['items', 'photos'], async (tx) => {
    const item = await tx.objectStore('items').get(itemId)
    if (!item) throw new Error(`no item ${itemId}`)
    item.photos = [...item.photos.filter((known) => known.id !== photo.id), photo]
    await tx.objectStore('photos').put({ id: photo.id, itemId, bytes })
    await tx.objectStore('items').put(item)
  })
}

export async function dropPhoto(itemId: string, photoId: string): Promise<void> {
  await write(['items', 'photos'], async (tx) => {
    const item = await tx.objectStore('items').get(itemId)
    if (item) await tx.objectStore('items').put({ ...item, photos: item.photos.filter((photo) => photo.id !== photoId) })
    await tx.objectStore('photos').delete(photoId)
  })
}

/** The item and its bytes: only for a draft the person threw away, or what the server keeps safely. */
export async function deleteItem(id: string): Promise<void> {
  await write(['items', 'photos'], async (tx) => {
    const keys = await tx.objectStore('photos').index('byItem').getAllKeys(id)
    await Promise.all(keys.map((key) => tx.objectStore('photos').delete(key)))
    await tx.objectStore('items').delete(id)
  })
}

export async function itemsOf(userId: string): Promise<OutboxItem[]> {
  const found = await (await open()).getAllFromIndex('items', 'byUser', userId)
  return found.sort((a, b) => a.createdAt - b.createdAt)
}

export async function allItems(): Promise<OutboxItem[]> {
  return (await open()).getAll('items')
}

export async function getItem(id: string): Promise<OutboxItem | undefined> {
  return (await open()).get('items', id)
}

export async function bytesOf(photoId: string): Promise<ArrayBuffer | null> {
  return (await (await open()).get('photos', photoId))?.bytes ?? null
}

/** Takes or renews the sender's lease, where Web Locks are missing. False: another page holds it. */
export async function takeLease(owner: string, now: number, forMs: number): Promise<boolean> {
  return write(['meta'], async (tx) => {
    const lease = await tx.objectStore('meta').get('lease')
    if (lease?.owner && lease.owner !== owner && (lease.until ?? 0) > now) return false
    await tx.objectStore('meta').put({ key: 'lease', owner, until: now + forMs })
    return true
  })
}

export async function dropLease(owner: string): Promise<void> {
  await write(['meta'], async (tx) => {
    const lease = await tx.objectStore('meta').get('lease')
    if (lease?.owner === owner) await tx.objectStore('meta').delete('lease')
  })
}

/** The restore epoch under which a person's items were sent; null: not heard yet. */
export async function knownEpoch(userId: string): Promise<number | null> {
  return (await (await open()).get('meta', `epoch:${userId}`))?.epoch ?? null
}

export async function rememberEpoch(userId: string, epoch: number): Promise<void> {
  await write(['meta'], (tx) => tx.objectStore('meta').put({ key: `epoch:${userId}`, epoch }))
}
