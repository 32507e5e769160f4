// @vitest-environment happy-dom
/** What the phone of a team on call does by itself: its number goes into the draw once a day. */
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { ProblemError } from '@/api/client'
import { useSession, type Me } from '@/core/session'
import { putNonce } from './envelope'
import { drawForToday } from './on-call'

const call = vi.hoisted(() => vi.fn())
vi.mock('@/api/call', () => ({ call }))
vi.mock('@/features/capture', () => ({ loadStandards: vi.fn(), sendNoted: vi.fn() }))

const me = (id: string, ...roles: string[]) => ({ id, capabilities: [], town: null, roles: roles.map((role) => ({ role })) }) as unknown as Me
const sent = () => call.mock.calls.filter(([verb]) => verb === 'put').map(([, , args]) => (args as { body: { nonce: string } }).body.nonce)

beforeEach(() => {
  localStorage.clear()
  setActivePinia(createPinia())
  call.mockReset().mockImplementation((verb: string) => Promise.resolve(verb === 'get' ? { day: '2026-11-23' } : {}))
})

it('puts one number of a captain into the day, however often it looks', async () => {
  useSession().enter(me('captain', 'cross_captain', 'unit_principal'))
  for (let n = 0; n < 3; n++) await drawForToday()
  expect(sent()).toHaveLength(1)
  expect(sent()[0]).toMatch(/^[0-9a-f]{64}$/)
})

it('sends the same number again when the first did not arrive, and lets the other phone be first', async () => {
  call.mockRejectedValueOnce(new TypeError('offline'))
  await expect(putNonce('2026-11-23', 'u1')).rejects.toThrow('offline')
  call.mockRejectedValueOnce(new ProblemError({ code: 'same-id-other-body', status: 409 }))
  expect((await putNonce('2026-11-23', 'u1')).state).toBe('other')
  expect(new Set(sent()).size).toBe(1)
})

it('puts nothing in for a member of a team', async () => {
  useSession().enter(me('member', 'cross_member'))
  await drawForToday()
  expect(sent()).toEqual([])
})
