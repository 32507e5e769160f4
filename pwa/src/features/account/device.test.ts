import { expect, it } from 'vitest'
import { deviceName } from './device'

it('names system and browser, and repeats what it does not know', () => {
  expect(deviceName('Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36')).toBe('Android · Chrome')
  expect(deviceName('Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1')).toBe('iPhone · Safari')
  expect(deviceName('curl/8')).toBe('curl/8')
})
