import { expect, it } from 'vitest'
import { changed, fraction, shown } from './papers'

const figure = (n: number | null, d: number | null, value: number | null) => ({ id: 'M02', n, d, value })

it('writes a value with its fraction, and a dash where there is nothing to divide by X13', () => {
  expect([shown(figure(1, 2, 50), 'rate'), fraction(figure(1, 2, 50))]).toEqual(['50.0 %', '1 / 2'])
  expect([shown(figure(0, 0, null), 'rate'), fraction(figure(0, 0, null))]).toEqual(['—', '0 / 0'])
  expect([shown(figure(7, null, 7), 'count'), fraction(figure(7, null, 7))]).toEqual(['7', ''])
})

it('tells a change with its sign, and none where one of the two is a dash X13', () => {
  expect(changed(3.25, 'rate')).toContain('+3.3')
  expect(changed(-4, 'count')).toBe('−4')
  expect(changed(0, 'count')).toBe('0')
  expect(changed(null, 'rate')).toBe('—')
})
