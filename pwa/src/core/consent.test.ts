import { expect, it } from 'vitest'
import { CONSENT_VERSION, mustAsk } from './consent'

it('asks for the text in force, once, and never for one that this copy of the app cannot show', () => {
  expect(mustAsk({ consent_version: '2025-01', consent_current: CONSENT_VERSION })).toBe(true)
  expect(mustAsk({ consent_version: null, consent_current: CONSENT_VERSION })).toBe(true)
  expect(mustAsk({ consent_version: CONSENT_VERSION, consent_current: CONSENT_VERSION })).toBe(false)
  expect(mustAsk({ consent_version: CONSENT_VERSION, consent_current: '2099-01' })).toBe(false)
})
it('asks nobody whose record is of an older version of the app', () => {
  expect(mustAsk(null)).toBe(false)
  expect(mustAsk({})).toBe(false)
})
