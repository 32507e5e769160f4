/** The server's time as this phone knows it: every deadline is counted by it, never by the phone's own clock. */
import { onScopeDispose, ref, type Ref } from 'vue'

let offsetMs: number | null = null
let bestRoundTripMs = Infinity

/** Learns from a response's `Date` header; the answer that came back fastest is trusted most. */
export function learnClock(dateHeader: string | null, sentAt: number, receivedAt: number): void {
  const server = dateHeader ? Date.parse(dateHeader) : NaN
  const roundTrip = receivedAt - sentAt
  if (Number.isNaN(server) || roundTrip < 0) return
  // The header has whole seconds: half a second is the expected error.
  const estimate = server + 500 - (sentAt + roundTrip / 2)
  if (roundTrip <= bestRoundTripMs || offsetMs === null || Math.abs(estimate - offsetMs) > 2000) {
    offsetMs = estimate
    bestRoundTripMs = roundTrip
  }
}

/** Milliseconds to add to `Date.now()`; null while no server has been heard. */
export function clockOffsetMs(): number | null {
  return offsetMs
}

export function serverNow(): number {
  return Date.now() + (offsetMs ?? 0)
}

/** A ticking "now" for countdowns; by the minute unless told otherwise. Stops with its component. */
export function useNow(everyMs = 60_000): Ref<number> {
  const now = ref(serverNow())
  const timer = setInterval(() => (now.value = serverNow()), everyMs)
  onScopeDispose(() => clearInterval(timer))
  return now
}
