import { describe, expect, it } from 'vitest'
import { inCircle, isCircular, tableFaults, type Edge } from './desk'

const pair = (a: string, b: string): Edge => ({ inspector: { id: a, zh: a, en: a }, target: { id: b, zh: b, en: b } })

describe('the office draws the pairs', () => {
  it('as the circle they make, and as several where they make several S11', () => {
    const told = (...edges: Edge[]) => inCircle(edges).map((one) => `${one.inspector.id}${one.target.id}`)
    expect(told(pair('A', 'C'), pair('B', 'A'), pair('C', 'B'))).toEqual(['AC', 'CB', 'BA'])
    expect(told(pair('A', 'B'), pair('C', 'D'), pair('B', 'A'), pair('D', 'C'))).toEqual(['AB', 'BA', 'CD', 'DC'])
  })

  it('as a list where one group inspects another, eleven villages eleven neighbourhoods', () => {
    expect(isCircular([pair('A', 'B'), pair('B', 'A')])).toBe(true)
    expect(isCircular([])).toBe(true)
    expect(isCircular([pair('V1', 'C2'), pair('V2', 'C1')])).toBe(false)
  })

  it('and is told row by row what a table lacks', () => {
    const rows = [['A', 'B'], ['B', 'B'], ['C', ''], ['D', 'E'], ['E', 'E']].map(([inspector, target]) => ({ inspector: inspector!, target: target! }))
    expect([...tableFaults(rows)]).toEqual([['A', 'twice'], ['B', 'self'], ['C', 'empty'], ['D', 'twice'], ['E', 'self']])
  })
})
