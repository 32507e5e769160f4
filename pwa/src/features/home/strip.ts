/** Which word the outbox strip says. Pure. */
import type { Snapshot } from '@/core/outbox'

export interface Strip {
  state: 'hidden' | 'waiting' | 'consent' | 'sending' | 'parked' | 'draft' | 'sent'
  count: number
  done: number
  total: number
  number?: string
}
export const RECENT_MS = 2 * 60_000

export function stripOf(now: Snapshot | null, at: number): Strip {
  const none = { count: 0, done: 0, total: 0 }
  if (!now) return { state: 'hidden', ...none }
  if (now.parked > 0) return { state: 'parked', ...none, count: now.parked }
  if (now.sending && now.sending.total > 0) return { state: 'sending', ...none, ...now.sending }
  if (now.ended === 'consent' && now.itemsWaiting > 0) return { state: 'consent', ...none, count: now.itemsWaiting }
  if (now.itemsWaiting > 0) return { state: 'waiting', ...none, count: now.photosWaiting || now.itemsWaiting }
  // Begun and not saved: nobody else will remember it.
  const begun = now.items.filter((item) => item.state === 'draft' && item.kind === 'report' && item.photos.length > 0)
  if (begun.length) return { state: 'draft', ...none, count: begun.reduce((sum, item) => sum + item.photos.length, 0) }
  const fresh = now.items.filter((item) => item.state === 'acked' && item.receivedAt !== null && at - Date.parse(item.receivedAt) < RECENT_MS)
  if (!fresh.length) return { state: 'hidden', ...none }
  const no = fresh.length === 1 ? fresh[0]!.issueNo : null
  return { state: 'sent', ...none, count: fresh.length, number: no === null ? undefined : String(no).padStart(4, '0') }
}
