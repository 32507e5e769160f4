/** One sender for all pages of this phone: photos first, then what names them; stops, backs off, never drops. */
import { OfflineError, ProblemError } from '@/api/client'
import { backoffMs, next, verdictOf, type ItemEvent } from './states'
import * as store from './store'
import type { OutboxItem } from './store'
import { NotOurs, neededPhotos, putCommand, putPhoto, putRecord, putReport } from './wire'

const LEASE_MS = 30_000
/** Another page sends, or one that was just closed still holds the lock for a moment. */
const ELSEWHERE_MS = 3_000
const LOCK = 'xunfang-outbox-sender'
const self = crypto.randomUUID()

/** Why a drain ended: nothing left, nobody signed in, a consent text to agree to, no network, or another page is at it. */
export type Ended = 'done' | 'sign_in' | 'consent' | 'later' | 'elsewhere'
export interface Drained {
  ended: Ended
  /** When to come again, ms since the epoch; null: when something changes. */
  nextAt: number | null
}
interface Halt {
  halt: 'sign_in' | 'consent' | 'offline'
}

async function apply(id: string, event: ItemEvent, change: (item: OutboxItem) => void = () => undefined): Promise<void> {
  await store.changeItem(id, (item) => {
    item.state = next(item.state, event)
    change(item)
  })
}

/** Runs `work` as the only sender: Web Locks where there are any, else a lease row that a dead page loses after 30 s. */
async function alone<T>(work: () => Promise<T>): Promise<T | null> {
  const locks = (navigator as { locks?: LockManager | null }).locks
  if (locks) return locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? work() : null))
  if (!(await store.takeLease(self, Date.now(), LEASE_MS))) return null
  const renew = setInterval(() => void store.takeLease(self, Date.now(), LEASE_MS), LEASE_MS / 3)
  try {
    return await work()
  } finally {
    clearInterval(renew)
    await store.dropLease(self)
  }
}

/** Sends everything of `userId` whose time has come, oldest first, and nothing before what it builds on. `told` is called after each change. */
export async function drain(userId: string, signal: AbortSignal, told: () => Promise<void>): Promise<Drained> {
  return (await alone(() => drainAlone(userId, signal, told))) ?? { ended: 'elsewhere', nextAt: Date.now() + ELSEWHERE_MS }
}

async function drainAlone(userId: string, signal: AbortSignal, told: () => Promise<void>): Promise<Drained> {
  const held = new Set<string>()
  const items = await store.itemsOf(userId)
  // Left by a page that was killed: it is not on its way, whatever stops this run before its turn.
  for (const { id } of items.filter((item) => item.state === 'sending')) await apply(id, 'retry_later')
  for (const item of items) {
    if (signal.aborted) return { ended: 'later', nextAt: null }
    if (!isWaiting(item) || held.has(chainOf(item))) continue
    if (item.nextTryAt > Date.now()) {
      held.add(chainOf(item))
      continue
    }
    await apply(item.id, 'start')
    await told()
    const halted = await sendOne(item.id, signal)
    await told()
    if (halted) return { ended: halted.halt === 'offline' ? 'later' : halted.halt, nextAt: await soonest(userId) }
    const now = await store.getItem(item.id)
    if (now && isWaiting(now)) held.add(chainOf(item))
  }
  return { ended: 'done', nextAt: await soonest(userId) }
}

function isWaiting(item: OutboxItem): boolean {
  return item.state === 'queued' || item.state === 'sending'
}

/** What must arrive in the order it was made: the steps of one case; visits, findings and the signature under them. A report stands alone. */
function chainOf(item: OutboxItem): string {
  if (item.kind === 'command') return `case ${String(item.body.target)}`
  return item.kind === 'record' ? 'records' : item.id
}

/** When the first of a chain has its turn again: the others wait for it. */
async function soonest(userId: string): Promise<number | null> {
  const chains = new Set<string>()
  const times: number[] = []
  for (const item of (await store.itemsOf(userId)).filter(isWaiting)) {
    if (!chains.has(chainOf(item))) times.push(item.nextTryAt)
    chains.add(chainOf(item))
  }
  return times.length ? Math.min(...times) : null
}

/** Sends one item. Returns why everything must stop, or null to go on with the next. */
async function sendOne(id: string, signal: AbortSignal): Promise<Halt | null> {
  const item = await store.getItem(id)
  if (!item) return null
  try {
    const youngest = await sendPhotos(item, signal)
    await sendBody(item, youngest, signal)
    return null
  } catch (error) {
    return failed(item, error)
  }
}

/** Returns when the server received the last photo sent now: after a restore that is later than its report. */
async function sendPhotos(item: OutboxItem, signal: AbortSignal): Promise<string> {
  const open = item.photos.filter((photo) => !photo.isAcked)
  let youngest = ''
  if (!open.length) return youngest
  // After a broken line ask first: the bytes may have arrived although the answer did not.
  const needed = item.tries > 0 ? await neededPhotos(open, signal) : new Set(open.map((photo) => photo.id))
  for (const photo of open) {
    if (needed.has(photo.id)) {
      const bytes = await store.bytesOf(photo.id)
      if (!bytes) throw new ProblemError({ code: 'photo-lost-here', status: 422 })
      youngest = await putPhoto(photo, bytes, signal)
    }
    await markPhoto(item.id, photo.id, true)
  }
  return youngest
}

async function markPhoto(itemId: string, photoId: string, isAcked: boolean): Promise<void> {
  await store.changeItem(itemId, (item) => {
    const photo = item.photos.find((one) => one.id === photoId)
    if (photo) photo.isAcked = isAcked
  })
}

async function sendBody(item: OutboxItem, youngest: string, signal: AbortSignal): Promise<void> {
  if (item.kind === 'report') {
    const receipt = await putReport(item, signal)
    if (receipt.state === 'incomplete') throw new ProblemError({ code: 'photos-missing', status: 409, missing: receipt.photos.missing })
    await acknowledged(item.id, laterOf(receipt.received_at, youngest), receipt.issue)
    // Heard with the acknowledgement itself: nothing sent is without the epoch it was sent under.
    if ((await store.knownEpoch(item.userId)) === null) await store.rememberEpoch(item.userId, receipt.restore_epoch)
    return
  }
  if (item.kind === 'record') return acknowledged(item.id, laterOf(await putRecord(item, signal), youngest), null)
  const answer = await putCommand(item, signal)
  await acknowledged(item.id, laterOf(answer.received_at, youngest), answer.issue)
}

function laterOf(a: string, b: string): string {
  return Date.parse(b) > Date.parse(a) ? b : a
}

async function acknowledged(id: string, receivedAt: string, issue: { id: string; no: number | null } | null): Promise<void> {
  await apply(id, 'acknowledge', (item) => {
    item.receivedAt = receivedAt
    item.issueNo = issue?.no ?? null
    item.issueId = issue?.id ?? item.issueId
    item.parkedCode = item.parkedMembers = null
  })
}

async function failed(item: OutboxItem, error: unknown): Promise<Halt | null> {
  if (!(error instanceof ProblemError)) {
    // A time-out, no network, a captive portal, a page being closed: nothing was said about this item.
    if (!(error instanceof OfflineError || error instanceof NotOurs)) console.error(error)
    await later(item.id, null)
    return { halt: 'offline' }
  }
  const verdict = verdictOf(error.status, error.code, error.members, error.retryAfterSeconds)
  switch (verdict.kind) {
    case 'sign_in':
    case 'consent':
      await apply(item.id, 'retry_later')
      return { halt: verdict.kind }
    case 'photos_missing':
      for (const id of verdict.ids.length ? verdict.ids : item.photos.map((photo) => photo.id)) await markPhoto(item.id, id, false)
      await later(item.id, null)
      return null
    case 'later':
      await later(item.id, verdict.afterMs)
      return verdict.everything ? { halt: 'offline' } : null
    default:
      await apply(item.id, 'park', (parked) => {
        parked.parkedCode = error.code
        parked.parkedMembers = error.members
      })
      return null
  }
}

async function later(id: string, afterMs: number | null): Promise<void> {
  await apply(id, 'retry_later', (item) => {
    item.tries += 1
    item.nextTryAt = Date.now() + backoffMs(item.tries, afterMs)
  })
}
