import { describe, expect, it } from 'vitest'
import { casesOf } from './card'

describe('casesOf', () => {
  it('reads the point and its surroundings', () => {
    const told = { open: 2, overdue: 1, items: [], surroundings: { open: 3, overdue: 0, items: [] } }
    expect(casesOf({ issues: told }).surroundings.open).toBe(3)
    expect(casesOf({ issues: told }).overdue).toBe(1)
  })
  it('takes what a server without cases says for nothing', () => {
    for (const sections of [undefined, {}, { issues: null }, { issues: 'x' }]) expect(casesOf(sections)).toEqual({ open: 0, overdue: 0, items: [], surroundings: { open: 0, overdue: 0, items: [] } })
  })
})
