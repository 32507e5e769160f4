import { describe, expect, it } from 'vitest'
import { milestonesOf } from './actions'
import { askOf, filterOf, queryOf, setCount, todayOf } from './filters'

describe('the filter in the address', () => {
  it('comes back as it was written, and leaves out what is not set', () => {
    const query = { state: ['submitted', 'dispatched'], q: '跨门', overdue: 'true', sort: 'due' }
    expect(queryOf(filterOf(query))).toEqual(query)
    expect(queryOf(filterOf({ state: '', overdue: 'no', sort: 'odd', other: 'x' }))).toEqual({})
  })
  it('takes whole days of the town, the last one included', () => {
    const asked = askOf(filterOf({ found_from: '2026-08-01', found_until: '2026-08-12' }))
    expect(asked).toEqual({ found_from: '2026-07-31T16:00:00.000Z', found_until: '2026-08-12T16:00:00.000Z' })
  })
  it('counts conditions, not the search or the order', () => {
    expect(setCount(filterOf({ q: '垃圾', sort: 'due', unit: 'mine', overdue: 'true' }))).toBe(2)
  })
  it('gives everyone the work of their role', () => {
    expect(todayOf((what) => what === 'may_triage').state).toEqual(['submitted'])
    expect(todayOf((what) => what === 'is_unit').unit).toBe('mine')
    expect(todayOf(() => false).assignee).toBe('me')
  })
})

describe('milestones as typed', () => {
  it('reads a day, an hour and words from each line', () => {
    expect(milestonesOf('2026-6-1 围挡\n2026-06-03 9:30 通车')).toEqual([
      { text: '围挡', due_at: '2026-06-01T10:00:00.000Z' },
      { text: '通车', due_at: '2026-06-03T01:30:00.000Z' },
    ])
  })
  it('says no to a line without a day', () => {
    expect(milestonesOf('下周')).toBeNull()
    expect(milestonesOf('')).toEqual([])
  })
})
