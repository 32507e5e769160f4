/** What can happen to a thing on its way, as a table. Nothing here ever leads to "dropped". */

/** draft: being made · queued: waits its turn · sending: under way · acked: the server echoed it · parked: needs the person. */
export type ItemState = 'draft' | 'queued' | 'sending' | 'acked' | 'parked'
export type ItemEvent = 'finish' | 'start' | 'acknowledge' | 'retry_later' | 'park' | 'send_again' | 'server_lost_it'

export const STATES: Record<ItemState, Partial<Record<ItemEvent, ItemState>>> = {
  draft: { finish: 'queued' },
  queued: { start: 'sending', park: 'parked' },
  // A page killed while sending leaves `sending` behind: the next sender starts it again.
  sending: { start: 'sending', acknowledge: 'acked', retry_later: 'queued', park: 'parked' },
  parked: { send_again: 'queued' },
  // The server was restored from a backup: this phone is the second copy.
  acked: { server_lost_it: 'queued' },
}

/** The state after `event`; an event the table does not know is a bug and leaves the item where it is safe. */
export function next(state: ItemState, event: ItemEvent): ItemState {
  return STATES[state][event] ?? state
}

/** What an answer means for the item. Only our own JSON that echoes the item acknowledges it. */
export type Verdict =
  | { kind: 'acknowledge' }
  | { kind: 'later'; afterMs: number | null; everything: boolean }
  | { kind: 'sign_in' }
  | { kind: 'consent' }
  | { kind: 'photos_missing'; ids: string[] }
  | { kind: 'park'; code: string }

/** 401 waits for a sign-in, an outdated consent for the new one; 409, 410, 413, 415, 422 and other refusals park; 408, 425, 429, 5xx and silence come later. */
export function verdictOf(status: number, code: string, members: Record<string, unknown>, retryAfterSeconds: number | null): Verdict {
  if (status === 401) return { kind: 'sign_in' }
  if (code === 'consent-outdated') return { kind: 'consent' }
  if (status === 409 && code === 'photos-missing') return { kind: 'photos_missing', ids: (members.missing as string[] | undefined) ?? [] }
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return { kind: 'later', afterMs: retryAfterSeconds === null ? null : retryAfterSeconds * 1000, everything: status !== 500 }
  }
  return { kind: 'park', code }
}

export const MOST_WAIT_MS = 5 * 60_000

/** 2ⁿ seconds up to five minutes, with half of it random, and never sooner than the server asked. */
export function backoffMs(tries: number, askedMs: number | null, random: () => number = Math.random): number {
  const full = Math.min(2 ** Math.min(tries, 20) * 1000, MOST_WAIT_MS)
  return Math.max(full / 2 + random() * (full / 2), askedMs ?? 0)
}
