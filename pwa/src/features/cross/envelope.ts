/** The sealed envelope: opening it puts 32 random bytes of this phone into the day's draw, task or no task. */
import { call, type Schemas } from '@/api/call'
import { giveUp, snapshot } from '@/core/outbox'
import { sendWord } from '@/core/records'

const STORE = 'xf.cross-nonce'
const BASE = '/api/cross/nonces/'

interface Kept {
  day: string
  nonce: string
  by: string
}

function kept(): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? 'null') as Kept | null
  } catch {
    return null
  }
}

export function randomHex(bytes = 32): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The nonce of the day, the same until midnight; `isNew` when it was made just now. */
export function nonceOf(day: string, by: string): { nonce: string; isNew: boolean } {
  const before = kept()
  if (before?.day === day && before.by === by) return { nonce: before.nonce, isNew: false }
  const made: Kept = { day, nonce: randomHex(), by }
  localStorage.setItem(STORE, JSON.stringify(made))
  return { nonce: made.nonce, isNew: true }
}

/** What the captain's phone put into today's draw, for whoever wants to check the draw afterwards. */
export function nonceToday(day: string): string | null {
  const found = kept()
  return found?.day === day ? found.nonce : null
}

/** Hands the day's nonce to the sender once; a nonce of another day serves nothing any more. */
export async function putNonce(day: string, by: string, label: string): Promise<void> {
  const { items } = await snapshot()
  for (const item of items) if (item.state === 'parked' && item.to?.path.startsWith(BASE)) await giveUp(item.id)
  const { nonce, isNew } = nonceOf(day, by)
  if (isNew) await sendWord(BASE + day, day, { nonce }, label)
}

export async function openEnvelope(signal?: AbortSignal): Promise<Schemas['EnvelopeOut']> {
  return call('get', '/api/cross/envelope', { signal })
}
