import { expect, it } from 'vitest'
import { invitable, spaced } from './inviting'

it('lets units invite their own people, and nobody else invite', () => {
  expect(invitable(['unit_principal'])).toContain('liaison')
  expect(invitable(['liaison'])).not.toContain('liaison')
  expect(invitable(['volunteer', 'rectifier'])).toEqual([])
})

it('writes a short code as it is read aloud', () => {
  expect(spaced('K7M4P2QX')).toBe('K7M4-P2QX')
  expect(spaced('K7M4-P2QX')).toBe('K7M4-P2QX')
})
