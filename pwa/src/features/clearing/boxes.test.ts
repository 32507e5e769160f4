import { expect, test } from 'vitest'
import { between, byKey, isSlip, moved, resized, WHOLE } from './boxes'

test('a box is the same whichever corner it was drawn from, and stays within the photo', () => {
  const box = { x: 1000, y: 2000, width: 3000, height: 500 }
  expect(between({ x: 1000, y: 2500 }, { x: 4000, y: 2000 })).toEqual(box)
  expect(between({ x: -300, y: 9000 }, { x: 2000, y: 12_000 })).toEqual({ x: 0, y: 9000, width: 2000, height: 1000 })
  expect(moved(box, 90_000, -90_000)).toEqual({ ...box, x: WHOLE - 3000, y: 0 })
  expect(resized(box, 90_000, -90_000)).toEqual({ ...box, width: 9000, height: 120 })
})
test('keys move, resize and remove; others are left alone', () => {
  const box = { x: 1000, y: 2000, width: 3000, height: 500 }
  expect(byKey(box, 'ArrowLeft', false)).toEqual({ ...box, x: 900 })
  expect(byKey(box, 'ArrowDown', true)).toEqual({ ...box, height: 600 })
  expect(byKey(box, 'Delete', false)).toBeNull()
  expect(byKey(box, 'Tab', false)).toBeUndefined()
  expect(isSlip({ ...box, width: 40, height: 30 })).toBe(true)
})
