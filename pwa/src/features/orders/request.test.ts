import { expect, it } from 'vitest'
import { bodyOf, EMPTY, isPast } from './request'

it('asks for nothing while something is missing', () => {
  expect(bodyOf('bounce', EMPTY)).toBeNull()
  expect(bodyOf('ask_extend', { ...EMPTY, text: '要等材料' })).toBeNull()
  expect(bodyOf('ask_defer', { ...EMPTY, code: 'works', text: 'x', at: '2026-12-01T09:00' })).toBeNull()
  expect(bodyOf('assign', EMPTY)).toBeNull()
})

it('sends times with their zone and texts without blanks', () => {
  expect(bodyOf('ask_extend', { ...EMPTY, text: ' 要等材料 ', at: '2026-12-01T09:00' })).toEqual({ until: new Date('2026-12-01T09:00').toISOString(), reason: '要等材料' })
  expect(bodyOf('bounce', { ...EMPTY, code: 'not_ours' })).toEqual({ reason_code: 'not_ours', note: '' })
})

it('knows a time that has passed', () => {
  expect(isPast({ ...EMPTY, at: '2026-12-01T09:00' }, Date.parse('2026-12-02T00:00:00Z'))).toBe(true)
  expect(isPast(EMPTY)).toBe(false)
})
