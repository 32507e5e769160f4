import { expect, it } from 'vitest'
import { firstLacking, joinBody } from './join-form'

const empty = { name: ' ', phone: '', birth: '', password: '', consent: false }

it('asks for what the invite needs, in the order of the form', () => {
  expect(firstLacking(empty, ['consent_version', 'birth_on', 'name'])).toBe('name')
  expect(firstLacking({ ...empty, name: '王阿姨' }, ['consent_version', 'birth_on', 'name'])).toBe('birth_on')
  expect(firstLacking({ ...empty, name: '王阿姨', birth: '1960-01-01' }, ['consent_version', 'birth_on', 'name'])).toBe('consent_version')
  expect(firstLacking(empty, [])).toBeNull()
})

it('sends nothing that was not asked for', () => {
  const body = joinBody({ ...empty, name: '王阿姨 ', birth: '1960-01-01', consent: true, password: 'x' }, ['name', 'consent_version'], 'k'.repeat(20), 'zh')
  expect(body).toMatchObject({ name: '王阿姨', phone: null, birth_on: null, password: null, consent_version: expect.any(String) })
})
