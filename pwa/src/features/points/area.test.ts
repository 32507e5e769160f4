import { describe, expect, it } from 'vitest'
import { cornersOf, textOf } from './area'

describe('corners of an area', () => {
  it('are read as they are written', () => {
    const corners: [number, number][] = [[120.1, 31.1], [120.2, 31.1], [120.2, 31.2]]
    expect(cornersOf(textOf(corners))).toEqual(corners)
    expect(cornersOf('120.1，31.1；120.2,31.1')).toEqual([[120.1, 31.1], [120.2, 31.1]])
  })
  it('leave out what is no place', () => {
    expect(cornersOf('x,y;;200,31;120,91;120.1,31.1,5;120.1,31.1')).toEqual([[120.1, 31.1]])
  })
})
