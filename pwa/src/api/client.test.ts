import { afterEach, describe, expect, it, vi } from 'vitest'
import { api, OfflineError, ProblemError, request } from './client'
import { clockOffsetMs } from '@/core/clock'

const answer = (body: unknown, init: ResponseInit & { type?: string } = {}) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status: init.status ?? 200, headers: { 'Content-Type': init.type ?? 'application/json', ...(init.headers as object) } })
const fetching = (response: Response | Error) => {
  const mock = vi.fn(() => (response instanceof Error ? Promise.reject(response) : Promise.resolve(response)))
  vi.stubGlobal('fetch', mock)
  return mock as unknown as { mock: { calls: [string, RequestInit & { headers: Headers }][] } }
}
afterEach(() => vi.unstubAllGlobals())

describe('api', () => {
  it('writes lists and leaves out what is empty in a query', async () => {
    const mock = fetching(answer({ ok: 1 }))
    await api('GET', '/api/issues', undefined, { query: { state: ['submitted', 'closed'], unit: null, q: '', limit: 20 } })
    expect(mock.mock.calls[0][0]).toBe('/api/issues?state=submitted&state=closed&limit=20')
  })

  it('sends the version that was read', async () => {
    const mock = fetching(answer({}))
    await api('POST', '/api/issues/1/actions/claim', {}, { ifMatch: 7 })
    expect(mock.mock.calls[0][1].headers.get('If-Match')).toBe('"7"')
  })

  it('turns a problem into its code and members', async () => {
    fetching(answer({ code: 'version-conflict', title: 'x', current: { state: 'closed' } }, { status: 409, type: 'application/problem+json', headers: { 'Retry-After': '5' } }))
    const error = await api('POST', '/x', {}).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ProblemError)
    expect(error).toMatchObject({ code: 'version-conflict', status: 409, retryAfterSeconds: 5, members: { current: { state: 'closed' } } })
  })

  it('takes a captive portal for what it is: no network', async () => {
    fetching(answer('<html>sign in to wifi</html>', { type: 'text/html' }))
    await expect(api('GET', '/api/me')).rejects.toBeInstanceOf(OfflineError)
    fetching(answer('<html>', { type: 'text/html', status: 502 }))
    await expect(api('GET', '/api/me')).rejects.toBeInstanceOf(OfflineError)
  })

  it('tells a broken line from a cancelled request', async () => {
    fetching(new TypeError('Failed to fetch'))
    await expect(api('GET', '/api/me')).rejects.toBeInstanceOf(OfflineError)
    const gone = new AbortController()
    gone.abort()
    fetching(new DOMException('aborted', 'AbortError'))
    await expect(api('GET', '/api/me', undefined, { signal: gone.signal })).rejects.not.toBeInstanceOf(OfflineError)
  })

  it('learns the clock of the server from fresh answers only', async () => {
    const stored = new Date(Date.now() - 86_400_000).toUTCString()
    fetching(answer({}, { headers: { Date: stored, 'X-Stored-At': new Date().toISOString() } }))
    expect((await request('GET', '/api/issues')).stored).toBe(true)
    expect(clockOffsetMs()).toBeNull()
    fetching(answer({}, { headers: { Date: new Date(Date.now() + 60_000).toUTCString() } }))
    await request('GET', '/api/issues')
    expect(Math.abs((clockOffsetMs() ?? 0) - 60_000)).toBeLessThan(1500)
  })
})
