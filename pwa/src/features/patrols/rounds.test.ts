/** Which round is next, in which order its stops come, and what is sent of a visit. */
import { describe, expect, it } from 'vitest'
import type { OutboxItem } from '@/core/outbox'
import { around, endedSlots, isInside, stopsOf, todays, walksOf, type Mine, type Place, type Slot, type Walk } from './rounds'
import { attribute, sentOf, stepsOf, type VisitBody } from './visits'

const now = Date.parse('2026-11-22T02:00:00Z') // 10:00 in the town
const at = (hour: number, day = 22) => new Date(Date.parse(`2026-11-${day}T00:00:00Z`) + (hour - 8) * 3_600_000).toISOString()
const slot = (id: string, from: string, to: string, more: Partial<Slot> = {}) => ({ id, state: 'due', starts_at: from, ends_at: to, targets: [], ...more }) as unknown as Slot
const place = (id: string) => ({ id, zh: id, en: id }) as unknown as Place
const target = (id: string, visited_at: string | null = null) => ({ id, visited_at, last_round_at: null, look_backs: [] })
const scale = [{ code: 'na', zh: '', en: '', share_percent: null }, { code: 'fail', zh: '', en: '', share_percent: 0 }, { code: 'pass', zh: '', en: '', share_percent: 100 }]

describe('today', () => {
  const hour = slot('hour', at(9), at(11))
  const day = slot('day', at(0), at(24))
  const mine = (...slots: Slot[]) => ({ slots }) as unknown as Mine
  it('names the round first whose window closes first, and not tomorrow’s', () => {
    const tomorrow = slot('tomorrow', at(9, 23), at(11, 23))
    const found = todays(mine(day, hour, tomorrow), [], new Set(), now)
    expect([found.main?.id, found.others.map((one) => one.id)]).toEqual(['hour', ['day']])
  })
  it('leaves out what is done or was ended here, and prefers a walk under way', () => {
    expect(todays(mine({ ...hour, state: 'done' }, day), [], new Set(['day']), now).main).toBeNull()
    const walk = { id: 'w', body: { local: { kit: { slot: day } } } } as unknown as Walk
    expect(todays(mine(hour), [walk], new Set(), now).main?.id).toBe('day')
  })
  it('shows a later round of today when nothing is due yet', () => expect(todays(mine(slot('late', at(17), at(18))), [], new Set(), now).main?.id).toBe('late'))
})

it('lines up the stops with one next stop', () => {
  const round = slot('r', at(9), at(11), { targets: [target('a', at(9)), target('b'), target('c'), target('d')] })
  const stops = stopsOf(round, ['a', 'b', 'c', 'd'].map(place), { b: { visit: 'v', findings: 2 } })
  expect(stops.map((stop) => [stop.place.id, stop.state, stop.findings])).toEqual([['a', 'done', null], ['b', 'done', 2], ['c', 'next', null], ['d', 'todo', null]])
  expect(around(stops, 3)).toMatchObject({ before: 0, after: 1 })
})

it('tells walks under way from ended ones', () => {
  const item = (state: string, body: object) => ({ kind: 'record', state, to: { path: '/api/patrols/1', echo: '1' }, body }) as unknown as OutboxItem
  const items = [item('draft', { slot_id: 's', local: {} }), item('queued', { slot_id: 'begun', ended_at: null }), item('acked', { slot_id: 'over', ended_at: at(9) })]
  expect(walksOf(items).map((walk) => walk.body.slot_id)).toEqual(['s'])
  expect([...endedSlots(items)]).toEqual(['over'])
})

it('judges the fence as the server does: accuracy counts for at most 200 m', () => {
  expect([isInside(58, 8, 50), isInside(59, 8, 50), isInside(300, 1000, 50)]).toEqual([true, false, false])
})

describe('a visit', () => {
  const body = (results: VisitBody['results']): VisitBody => ({ patrol_id: 'p', point_id: 'x', grid_id: null, arrived_at: at(9), left_at: null, position: null, away_reason: '', standard_version: '1', results, all_fine: false, note: '', clock_offset_seconds: 0, local: { place: 'x', findings: { a: ['r1'] }, asked: 'b', looked: {} } })
  it('keeps what is only for this phone to itself, and says when all was fine', () => {
    expect(JSON.stringify(sentOf(body([{ item: 'a', result: 'pass' }]), scale, at(10)))).not.toContain('local')
    expect(sentOf(body([{ item: 'a', result: 'pass' }]), scale, at(10)).all_fine).toBe(true)
    expect(sentOf(body([{ item: 'a', result: 'fail' }]), scale, at(10)).all_fine).toBe(false)
    expect(sentOf(body([]), scale, at(10)).all_fine).toBe(false)
  })
  it('gives a new finding to the item whose camera was opened', () => {
    const told = body([])
    const reports = ['r1', 'r2'].map((id) => ({ id })) as OutboxItem[]
    expect([attribute(told, reports), attribute(told, reports)]).toEqual([true, false])
    expect(told.local.findings).toEqual({ a: ['r1'], b: ['r2'] })
  })
  it('orders the scale best first, with "not applicable" apart', () => {
    expect([stepsOf(scale).steps.map((step) => step.code), stepsOf(scale).none?.code]).toEqual([['pass', 'fail'], 'na'])
  })
})
