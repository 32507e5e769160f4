import { describe, expect, it } from 'vitest'
import type { OutboxItem } from '@/core/outbox'
import { answersAt, askedOf, bookOf, counted, missingOf, progressAt, type Package, type Task } from './model'

const kept: Package = {
  points: [{ id: 'p1', code: '', geometry: null, zh: '荷塘新村', en: '', type_code: 'RES', address: '', lon: 120, lat: 31, items: ['I1', 'I2'] }, { id: 'p2', code: '', geometry: null, zh: '活动室', en: '', type_code: 'ACT', address: '', lon: 120, lat: 31, items: ['I1'] }],
  items: [], standard_version: 'v1', open_issues: [], to_verify: [],
  result_scale: [{ code: 'pass', zh: '', en: '', share: 1 }, { code: 'minor', zh: '', en: '', share: 0.66 }, { code: 'fail', zh: '', en: '', share: 0 }, { code: 'na', zh: '', en: '', share: null }],
}
let n = 0
const told = (kind: string, body: Record<string, unknown>) => ({ id: `s${++n}`, kind, by_id: 'u', received_at: `2026-05-11T02:00:${String(n).padStart(2, '0')}Z`, body })
const task = (...records: ReturnType<typeof told>[]) => ({ id: 't', package: kept, records, members: [], submitted_at: null }) as unknown as Task
const visit = (point: string, results: Record<string, string>, more = {}) => told('visit', { point_id: point, results: Object.entries(results).map(([item, result]) => ({ item, result })), ...more })
const waiting = (path: string, body: Record<string, unknown>, state = 'queued') => ({ id: '0b9b5d0e-0000-4000-8000-000000000001', kind: 'record', to: { path, echo: '' }, body: { assignment_id: 't', ...body }, state, photos: [], createdAt: 0 }) as unknown as OutboxItem

describe('a team and its phones', () => {
  it('counts what waits on this phone as done, and what the server knows only once', () => {
    const item = waiting('/api/cross/findings/0b9b5d0e-0000-4000-8000-000000000001', { category: 'ORD-02' })
    expect(bookOf(task(), [item]).map((one) => [one.kind, one.state])).toEqual([['finding', 'waiting']])
    const same = { ...told('finding', { category: 'ORD-02' }), id: item.id }
    expect(bookOf(task(same), [item]).map((one) => one.state)).toEqual(['sent'])
    expect(bookOf(task(), [waiting(item.to!.path, {}, 'draft'), waiting('/api/patrols/0b9b5d0e-0000-4000-8000-000000000001', {})])).toEqual([])
  })

  it('keeps the worst answer: a second look softens nothing S17', () => {
    const book = bookOf(task(visit('p1', { I1: 'minor' }), visit('p1', { I1: 'pass', I2: 'na' }), visit('p1', { I2: 'fail' })), [])
    expect([...answersAt(book, 'p1', kept.result_scale)]).toEqual([['I1', 'minor'], ['I2', 'fail']])
  })

  it('calls a point done when every item is answered or it is excused S25', () => {
    const half = bookOf(task(visit('p1', { I1: 'pass' }), visit('p2', {}, { excuse: '关着门' })), [])
    expect(progressAt(half, kept.points[0]!, kept.result_scale)).toEqual({ answered: 1, total: 2, excused: false, done: false })
    expect(progressAt(half, kept.points[1]!, kept.result_scale)).toMatchObject({ excused: true, done: true })
    const came = bookOf(task(visit('p2', {}, { excuse: '关着门' }), visit('p2', { I1: 'pass' })), [])
    expect(progressAt(came, kept.points[1]!, kept.result_scale)).toMatchObject({ excused: false, done: true })
  })

  it('adds up answers to a question, and "not met" is an answer S19 S20', () => {
    const asked = ['yes', 'yes', 'no'].map((answer) => told('interview', { question: 1, answer, is_met: true }))
    expect(askedOf(bookOf(task(...asked), []), 1)).toMatchObject({ asked: 3, good: 2, notMet: false, done: true })
    expect(askedOf(bookOf(task(told('interview', { question: 4, is_met: false })), []), 4)).toMatchObject({ asked: 0, notMet: true, done: true })
    expect(askedOf([], 2).done).toBe(false)
  })

  it('names what keeps the captain from signing, in one line', () => {
    const one = task(visit('p1', { I1: 'pass' }), told('finding', { category: 'ORD-02' }), told('finding', { category: 'ORD-02' }), told('lesson', { text: 'x' }))
    expect(counted(missingOf(one, bookOf(one, []), 2))).toEqual([
      { code: 'item_unanswered', n: 1 }, { code: 'point_not_visited', n: 1 }, { code: 'question_open', n: 5 }, { code: 'mirror_open', n: 1 }, { code: 'rating_missing', n: 1 }, { code: 'drafts_left', n: 2 },
    ])
  })

  it('does not count a record that the server refused', () => {
    const refused = waiting('/api/cross/ratings/0b9b5d0e-0000-4000-8000-000000000001', { items: [] }, 'parked')
    expect(missingOf(task(), bookOf(task(), [refused]), 0).map((one) => one.code)).toContain('rating_missing')
  })
})
