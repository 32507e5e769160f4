/** The sealed envelope: each day a captain's phone puts 32 random bytes into the day's draw, task or no task. */
import { call, type Schemas } from '@/api/call'
import { ProblemError } from '@/api/client'

const STORE = 'xf.cross-nonce'

interface Kept {
  day: string
  nonce: string
  by: string
  /** in: the server has it · other: another phone of this person was first; none: it still has to go. */
  state?: 'in' | 'other'
}

function kept(): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? 'null') as Kept | null
  } catch {
    return null
  }
}
function keep(one: Kept): Kept {
  localStorage.setItem(STORE, JSON.stringify(one))
  return one
}

export function randomHex(bytes = 32): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The nonce of the day, the same until midnight. */
export function nonceOf(day: string, by: string): Kept {
  const before = kept()
  return before?.day === day && before.by === by ? before : keep({ day, nonce: randomHex(), by })
}

/** Puts the day's nonce into the draw; again and again the same one, until the server has it. Throws where it has not. */
export async function putNonce(day: string, by: string): Promise<Kept> {
  const mine = nonceOf(day, by)
  if (mine.state) return mine
  try {
    await call('put', '/api/cross/nonces/{day}', { path: { day }, body: { nonce: mine.nonce } })
    return keep({ ...mine, state: 'in' })
  } catch (error) {
    // One nonce a captain and day counts, whichever phone it came from.
    if (error instanceof ProblemError && error.code === 'same-id-other-body') return keep({ ...mine, state: 'other' })
    throw error
  }
}

export async function openEnvelope(signal?: AbortSignal): Promise<Schemas['EnvelopeOut']> {
  return call('get', '/api/cross/envelope', { signal })
}
