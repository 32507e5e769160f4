/** The own shifts as the phone knows them: what the server said, and what waits in the outbox. A check-in is safe here before it is shown. */
import type { Schemas } from '@/api/call'
import { clockOffsetMs } from '@/core/clock'
import { sendWord } from '@/core/records'
import type { OutboxItem } from '@/core/outbox'

export type MyShift = Schemas['MyShift']
export interface Standing {
  /** early: not yet to be begun; begin: to be begun now; on: on duty; over: left, or its time has passed. */
  step: 'early' | 'begin' | 'on' | 'over'
  inAt: string | null
  outAt: string | null
  /** The word is still on this phone. */
  waits: boolean
  /** Why the server did not take the check-in. */
  parked: OutboxItem | null
}

const pathOf = (shift: string, word: 'check-in' | 'check-out') => `/api/shifts/${shift}/${word}`
const wordOf = (items: readonly OutboxItem[], path: string) => items.filter((item) => item.to?.path === path).at(-1)
const saidAt = (item: OutboxItem | undefined) => (item && item.state !== 'parked' ? String(item.body.at) : null)

export function standingOf(shift: MyShift, items: readonly OutboxItem[], now: number): Standing {
  const came = wordOf(items, pathOf(shift.id, 'check-in'))
  const left = wordOf(items, pathOf(shift.id, 'check-out'))
  const inAt = shift.checked_in_at ?? saidAt(came)
  const outAt = shift.checked_out_at ?? saidAt(left)
  const over = outAt !== null || Date.parse(shift.ends_at) <= now
  const step = over ? 'over' : inAt ? 'on' : Date.parse(shift.may_begin_at) <= now ? 'begin' : 'early'
  const waits = (!shift.checked_in_at && came?.state !== 'acked' && saidAt(came) !== null) || (!shift.checked_out_at && left?.state !== 'acked' && saidAt(left) !== null)
  return { step, inAt, outAt, waits, parked: !inAt && came?.state === 'parked' ? came : null }
}

/** The one to show: on duty, else the next to be begun; what is over is not. */
export function currentOf(shifts: readonly MyShift[], items: readonly OutboxItem[], now: number): MyShift | null {
  const steps = shifts.map((shift) => ({ shift, step: standingOf(shift, items, now).step }))
  return (steps.find(({ step }) => step === 'on') ?? steps.find(({ step }) => step === 'begin') ?? steps.find(({ step }) => step === 'early'))?.shift ?? null
}

export interface Here { lon: number; lat: number; accuracy_m: number }
const WAIT_MS = 5000

/** Where the phone is, if that is known soon: a check-in does not wait for it. */
export function hereSoon(): Promise<Here | null> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(null), WAIT_MS)
    const done = (here: Here | null) => {
      clearTimeout(late)
      resolve(here)
    }
    if (!('geolocation' in navigator)) return done(null)
    navigator.geolocation.getCurrentPosition(({ coords }) => done({ lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy }), () => done(null), { maximumAge: 60_000, timeout: WAIT_MS, enableHighAccuracy: true })
  })
}

function offsetSeconds(): number | null {
  const offset = clockOffsetMs()
  return offset === null ? null : Math.round(offset) / 1000
}

/** The moment of the tap, not the one when the position was found. */
export async function checkIn(shift: MyShift, label: string): Promise<void> {
  const at = new Date().toISOString()
  const position = await hereSoon()
  await sendWord(pathOf(shift.id, 'check-in'), shift.id, { at, clock_offset_seconds: offsetSeconds(), position }, label)
}

export async function checkOut(shift: MyShift, label: string): Promise<void> {
  await sendWord(pathOf(shift.id, 'check-out'), shift.id, { at: new Date().toISOString(), clock_offset_seconds: offsetSeconds() }, label)
}

/** A word on a call-out: arrived, or done with what was done. */
export async function answerCall(id: string, word: 'arrived' | 'done', note: string, label: string): Promise<void> {
  await sendWord(`/api/call-outs/${id}/${word}`, id, { at: new Date().toISOString(), clock_offset_seconds: offsetSeconds(), note }, label)
}
export const callWord = (items: readonly OutboxItem[], id: string, word: 'arrived' | 'done') => wordOf(items, `/api/call-outs/${id}/${word}`)
