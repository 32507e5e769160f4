import { describe, expect, it } from 'vitest'
import type { OutboxItem } from '@/core/outbox'
import { currentOf, standingOf, type MyShift } from './duty'

const at = (clock: string) => Date.parse(`2026-11-23T${clock}:00Z`)
const iso = (clock: string) => new Date(at(clock)).toISOString()
const shift = (id: string, from: string, to: string, more: Partial<MyShift> = {}): MyShift => ({ id, starts_at: iso(from), ends_at: iso(to), may_begin_at: new Date(at(from) - 7_200_000).toISOString(), checked_in_at: null, checked_out_at: null, state: 'planned', ...more }) as MyShift
const word = (id: string, what: 'check-in' | 'check-out', state: OutboxItem['state'], clock: string) => ({ to: { path: `/api/shifts/${id}/${what}`, echo: id }, state, body: { at: iso(clock) }, parkedCode: state === 'parked' ? 'training-missing' : null }) as unknown as OutboxItem

describe('the own shift', () => {
  const morning = shift('a', '09:00', '12:00')
  const evening = shift('b', '18:00', '21:00')

  it('is begun from two hours before, and stands as begun while the word is on this phone Z29', () => {
    expect(standingOf(morning, [], at('06:59')).step).toBe('early')
    expect(standingOf(morning, [], at('07:00')).step).toBe('begin')
    const waiting = standingOf(morning, [word('a', 'check-in', 'queued', '08:55')], at('09:30'))
    expect(waiting).toMatchObject({ step: 'on', waits: true, inAt: iso('08:55') })
    expect(standingOf(morning, [word('a', 'check-in', 'acked', '08:55')], at('09:30')).waits).toBe(false)
  })
  it('is to be begun again where the server refused, which says why Z24', () => {
    const refused = standingOf(morning, [word('a', 'check-in', 'parked', '08:55')], at('09:30'))
    expect(refused.step).toBe('begin')
    expect(refused.parked?.parkedCode).toBe('training-missing')
  })
  it('gives way to the next when it is over or was left', () => {
    expect(currentOf([morning, evening], [], at('08:00'))?.id).toBe('a')
    expect(currentOf([morning, evening], [word('a', 'check-in', 'acked', '08:55'), word('a', 'check-out', 'queued', '11:00')], at('11:01'))?.id).toBe('b')
    expect(currentOf([morning, evening], [], at('12:00'))?.id).toBe('b')
    expect(currentOf([shift('a', '09:00', '12:00', { checked_in_at: iso('09:00') }), evening], [], at('11:59'))?.id).toBe('a')
    expect(currentOf([morning], [], at('12:00'))).toBeNull()
  })
})
