import { describe, expect, it } from 'vitest'
import type { Snapshot } from '@/core/outbox'
import { stripOf } from './strip'

const at = Date.parse('2026-11-22T09:00:00Z')
const base: Snapshot = { items: [], photosWaiting: 0, itemsWaiting: 0, parked: 0, sending: null, ended: null, lost: 0 }
const acked = (issueNo: number | null, minutes: number) => ({ state: 'acked', receivedAt: new Date(at - minutes * 60_000).toISOString(), issueNo }) as Snapshot['items'][number]

describe('the outbox strip', () => {
  it('is hidden when nothing waits', () => {
    expect(stripOf(null, at).state).toBe('hidden')
    expect(stripOf(base, at).state).toBe('hidden')
  })
  it('says first what needs the person, then what moves, then what waits', () => {
    expect(stripOf({ ...base, parked: 1, sending: { done: 1, total: 3 } }, at)).toMatchObject({ state: 'parked', count: 1 })
    expect(stripOf({ ...base, itemsWaiting: 1, sending: { done: 1, total: 3 } }, at)).toMatchObject({ state: 'sending', done: 1, total: 3 })
    expect(stripOf({ ...base, itemsWaiting: 2, photosWaiting: 3 }, at)).toMatchObject({ state: 'waiting', count: 3 })
  })
  it('says that a consent is waited for, if something waits', () => {
    expect(stripOf({ ...base, ended: 'consent', itemsWaiting: 2, photosWaiting: 3 }, at)).toMatchObject({ state: 'consent', count: 2 })
    expect(stripOf({ ...base, ended: 'consent' }, at).state).toBe('hidden')
  })
  it('remembers photos taken and not saved, once nothing else is to be said', () => {
    const draft = (kind: string, photos: number) => ({ state: 'draft', kind, photos: Array.from({ length: photos }, () => ({})) }) as Snapshot['items'][number]
    expect(stripOf({ ...base, items: [draft('report', 2), draft('report', 1), acked(148, 1)] }, at)).toMatchObject({ state: 'draft', count: 3 })
    expect(stripOf({ ...base, items: [draft('report', 2)], itemsWaiting: 1, photosWaiting: 1 }, at).state).toBe('waiting')
    expect(stripOf({ ...base, items: [draft('report', 0), draft('record', 1)] }, at).state).toBe('hidden')
  })
  it('shows for two minutes what arrived, one by its number', () => {
    expect(stripOf({ ...base, items: [acked(148, 1)] }, at)).toMatchObject({ state: 'sent', number: '0148' })
    expect(stripOf({ ...base, items: [acked(148, 1), acked(149, 1)] }, at)).toMatchObject({ state: 'sent', count: 2, number: undefined })
    expect(stripOf({ ...base, items: [acked(148, 3)] }, at).state).toBe('hidden')
  })
})
