import type { Instant } from '@/core/format'

export type TimeSignal = 'plain' | 'soon' | 'over'
const FALLBACK_SOON_MS = 4 * 3_600_000

/** Red only when passed, amber only under 20 % of the span. */
export function timeSignal(due: Instant | null | undefined, since: Instant | null | undefined, now: number): TimeSignal {
  if (due == null) return 'plain'
  const end = Number(new Date(due))
  if (now >= end) return 'over'
  const soon = since != null ? (end - Number(new Date(since))) / 5 : FALLBACK_SOON_MS
  return end - now < soon ? 'soon' : 'plain'
}
