import { describe, expect, it } from 'vitest'
import type { OutboxItem } from '@/core/outbox'
import { lastPair, stepsOf, stillHere } from './steps'

const none = { accepted_at: null, dispatched_at: null, acknowledged_at: null, rectified_at: null, closed_at: null, events: [] }

describe('the steps of a report', () => {
  it('are those the case has reached, in order', () => {
    expect(stepsOf({ ...none, received_at: '1', accepted_at: '2', dispatched_at: '3', state: 'dispatched' }).map((step) => step.code)).toEqual(['received', 'accepted', 'dispatched'])
  })
  it('end with how it ended and when', () => {
    const events = [{ to_state: 'rejected', at: '5' }] as Parameters<typeof stepsOf>[0]['events']
    expect(stepsOf({ ...none, received_at: '1', state: 'rejected', events }).at(-1)).toEqual({ code: 'rejected', at: '5' })
  })
})

it('lists what is still on the phone, newest first, once', () => {
  const item = (id: string, state: string, kind = 'report') => ({ id, state, kind }) as OutboxItem
  expect(stillHere([item('a', 'queued'), item('b', 'parked'), item('c', 'acked'), item('d', 'draft'), item('e', 'queued', 'command'), item('f', 'queued')], new Set(['f'])).map((one) => one.id)).toEqual(['b', 'a'])
})

it('compares the last pair that has both photos', () => {
  const photo = (id: string) => ({ id, large_url: null, thumb_url: null })
  expect(lastPair([photo('a'), photo('b'), photo('c')], [{ before_id: 'a', after_id: 'b' }, { before_id: 'c', after_id: null }])?.map((one) => one.id)).toEqual(['a', 'b'])
  expect(lastPair([photo('a')], [{ before_id: 'a', after_id: null }])).toBeNull()
})
