/** How long an acknowledged item stays on the phone, and what happens when the server lost it. */
import { next } from './states'
import * as store from './store'
import type { OutboxItem } from './store'

const MOST_DAYS = 30
const MOST_BYTES = 300 * 1024 * 1024
const DAY_MS = 86_400_000
/** What has just arrived stays in sight, also where everything counts as backed up at once. */
const SEEN_MS = 10 * 60_000

function sizeOf(item: OutboxItem): number {
  return item.photos.reduce((sum, photo) => sum + photo.size, 0)
}

/** Deletes acknowledged items that a verified backup covers, or that are too old or too many; oldest acknowledged first. */
export async function tidy(userId: string, durableThrough: string, now = Date.now()): Promise<void> {
  const acked = (await store.itemsOf(userId)).filter((item) => item.state === 'acked')
  acked.sort((a, b) => Date.parse(a.receivedAt ?? '') - Date.parse(b.receivedAt ?? ''))
  let bytes = acked.reduce((sum, item) => sum + sizeOf(item), 0)
  for (const item of acked) {
    const received = Date.parse(item.receivedAt ?? '')
    const isCovered = received < Date.parse(durableThrough) && now - received > SEEN_MS
    const isOld = now - received > MOST_DAYS * DAY_MS
    if (!isCovered && !isOld && bytes <= MOST_BYTES) continue
    bytes -= sizeOf(item)
    await store.deleteItem(item.id)
  }
}

/** After the server came back from a backup: everything still here is offered again; what it has answers 200. */
export async function offerAgain(userId: string, epoch: number): Promise<boolean> {
  const known = await store.knownEpoch(userId)
  if (known === epoch) return false
  if (known === null) {
    await store.rememberEpoch(userId, epoch)
    return false
  }
  for (const item of await store.itemsOf(userId)) {
    if (item.state !== 'acked') continue
    await store.changeItem(item.id, (one) => {
      one.state = next(one.state, 'server_lost_it')
      one.photos.forEach((photo) => (photo.isAcked = false))
      one.tries = 1
      one.nextTryAt = 0
    })
  }
  // Last: a page killed before this comes here again.
  await store.rememberEpoch(userId, epoch)
  return true
}
