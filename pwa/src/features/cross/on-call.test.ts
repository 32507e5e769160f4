/** What the phone of a team on call does by itself: its number goes into the draw once a day, and the task is fetched. */
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { useSession, type Me } from '@/core/session'

const call = vi.hoisted(() => vi.fn())
vi.mock('@/api/call', () => ({ call }))
vi.mock('@/features/capture', () => ({ loadStandards: () => Promise.resolve({}), sendNoted: vi.fn() }))

const me = (...roles: string[]) => ({ id: 'u1', capabilities: [], town: null, roles: roles.map((role) => ({ role })) }) as unknown as Me
const sent = () => call.mock.calls.filter(([verb]) => verb === 'put').map(([, , args]) => (args as { body: { nonce: string } }).body.nonce)

beforeEach(() => {
  vi.resetModules()
  localStorage.clear()
  setActivePinia(createPinia())
  call.mockReset().mockImplementation((verb: string, path: string) => Promise.resolve(path.endsWith('/envelope') ? { day: '2026-11-23' } : verb === 'get' ? { items: [] } : {}))
})

it('puts one number of a captain into the day, however often it looks', async () => {
  useSession().enter(me('cross_captain', 'unit_principal'))
  const { lookAhead } = await import('./on-call')
  for (let n = 0; n < 3; n++) await lookAhead().then(() => new Promise((resolve) => setTimeout(resolve)))
  expect(sent()).toHaveLength(1)
  expect(sent()[0]).toMatch(/^[0-9a-f]{64}$/)
})

it('sends the same number again when the first did not arrive, and lets the other phone be first', async () => {
  useSession().enter(me('cross_captain', 'unit_principal'))
  const { putNonce } = await import('./envelope')
  const { ProblemError } = await import('@/api/client')
  call.mockRejectedValueOnce(new TypeError('offline'))
  await expect(putNonce('2026-11-23', 'u1')).rejects.toThrow('offline')
  call.mockRejectedValueOnce(new ProblemError({ code: 'same-id-other-body', status: 409 }))
  expect((await putNonce('2026-11-23', 'u1')).state).toBe('other')
  expect(new Set(sent()).size).toBe(1)
})

it('puts nothing in for a member of a team', async () => {
  useSession().enter(me('cross_member'))
  const { lookAhead } = await import('./on-call')
  await lookAhead()
  expect(sent()).toEqual([])
})
