// @vitest-environment happy-dom
/** The promise, without a browser: nothing is dropped on any answer, and "sent" means the server echoed it. */
import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { drain } from './sender'
import { backoffMs, next, STATES, verdictOf, type ItemEvent, type ItemState } from './states'
import * as store from './store'
import type { OutboxItem } from './store'
import { sha256Hex } from './wire'
import { offerAgain, tidy } from './keep'

const told = async () => undefined
const signal = new AbortController().signal
type Answer = { status: number; body: unknown; type?: string; retryAfter?: string } | 'no network'
let calls: string[]
let made = 0

beforeEach(() => {
  calls = []
})
afterEach(async () => {
  for (const item of await store.allItems()) await store.deleteItem(item.id)
  vi.unstubAllGlobals()
})

async function queued(userId = 'me', kind: OutboxItem['kind'] = 'report'): Promise<OutboxItem> {
  const bytes = new TextEncoder().encode(`picture ${Math.random()}`).buffer as ArrayBuffer
  const item: OutboxItem = {
    id: crypto.randomUUID(), kind, userId, state: 'draft', body: { a: 1 }, photos: [], label: '', createdAt: ++made, tries: 0,
    nextTryAt: 0, parkedCode: null, parkedMembers: null, receivedAt: null, issueNo: null, issueId: null,
  }
  await store.putItem(item)
  await store.addPhoto(item.id, { id: crypto.randomUUID(), role: 'before', sha256: await sha256Hex(bytes), size: bytes.byteLength, type: 'image/jpeg', isAcked: false }, bytes)
  await store.changeItem(item.id, (one) => void (one.state = 'queued'))
  return (await store.getItem(item.id))!
}

/** A server that behaves: echoes photos and reports. */
async function good(url: string, init: RequestInit): Promise<Answer> {
  const id = url.split('/').pop()!
  if (url.includes('/photos/')) {
    const sha256 = await sha256Hex(await new Response(init.body).arrayBuffer())
    return { status: 201, body: { id, sha256, size: 1, received_at: 'x' } }
  }
  return { status: 201, body: { report_id: id, state: 'complete', received_at: '2026-11-22T00:00:00Z', photos: { expected: 1, received: 1, missing: [] }, issue: { id: 'i', no: 151 }, restore_epoch: 0, durable_through: 'x' } }
}
function serve(change: (url: string, init: RequestInit) => Answer | null): void {
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    calls.push(`${init.method} ${url.split('/').slice(0, 3).join('/')}`)
    const answer = change(url, init) ?? (await good(url, init))
    if (answer === 'no network') throw new TypeError('Failed to fetch')
    const headers = new Headers({ 'Content-Type': answer.type ?? 'application/json' })
    if (answer.retryAfter) headers.set('Retry-After', answer.retryAfter)
    return new Response(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body), { status: answer.status, headers })
  })
}
const problem = (status: number, code: string, members = {}): Answer => ({ status, body: { code, status, ...members }, type: 'application/problem+json' })

describe('the state table', () => {
  it('has no event that drops an item, and leaves it in place on an unknown one', () => {
    const events: ItemEvent[] = ['finish', 'start', 'acknowledge', 'retry_later', 'park', 'send_again', 'server_lost_it']
    for (const state of Object.keys(STATES) as ItemState[]) for (const event of events) expect(Object.keys(STATES)).toContain(next(state, event))
    expect(next('acked', 'park')).toBe('acked')
  })
  it('acknowledges only what is being sent', () => {
    const from = (Object.keys(STATES) as ItemState[]).filter((state) => next(state, 'acknowledge') === 'acked' && state !== 'acked')
    expect(from).toEqual(['sending'])
  })
  it('backs off up to five minutes, and never sooner than asked', () => {
    expect(backoffMs(1, null, () => 0)).toBe(1000)
    expect(backoffMs(30, null, () => 1)).toBe(300_000)
    expect(backoffMs(1, 60_000, () => 0)).toBe(60_000)
  })
  it.each([[401, 'sign_in'], [403, 'park'], [408, 'later'], [409, 'park'], [410, 'park'], [413, 'park'], [415, 'park'], [422, 'park'], [429, 'later'], [500, 'later'], [503, 'later'], [507, 'later']])(
    'takes %i as %s', (status, kind) => expect(verdictOf(status, 'x', {}, null).kind).toBe(kind))
})

describe('sending', () => {
  it('puts a record to its own address after its photos, and believes only an answer that echoes it', async () => {
    const item = await queued('me', 'record')
    await store.changeItem(item.id, (one) => void (one.to = { path: `/api/visits/${one.id}`, echo: one.id }))
    serve((url) => (url.includes('/visits/') ? { status: 200, body: { id: 'another', received_at: '2026-11-22T00:00:00Z' } } : null))
    await drain('me', signal, told)
    expect((await store.getItem(item.id))?.state).toBe('queued')
    await store.changeItem(item.id, (one) => void (one.nextTryAt = 0))
    serve((url) => (url.includes('/visits/') ? { status: 201, body: { id: item.id, received_at: '2026-11-22T00:00:00Z' } } : null))
    await drain('me', signal, told)
    expect(await store.getItem(item.id)).toMatchObject({ state: 'acked', receivedAt: '2026-11-22T00:00:00Z' })
    expect(calls.filter((call) => call.includes('photos'))).toHaveLength(1)
    expect(calls.filter((call) => call === 'PUT /api/visits')).toHaveLength(2)
  })
  it('sends the photo, then the report, and keeps both until a backup covers them', async () => {
    const item = await queued()
    serve(() => null)
    expect(await drain('me', signal, told)).toEqual({ ended: 'done', nextAt: null })
    expect(calls).toEqual(['PUT /api/photos', 'PUT /api/reports'])
    const sent = (await store.getItem(item.id))!
    expect([sent.state, sent.issueNo]).toEqual(['acked', 151])
    expect(await store.bytesOf(item.photos[0]!.id)).not.toBeNull()
  })

  it('does not believe a captive portal that answers 200 with HTML', async () => {
    const item = await queued()
    serve(() => ({ status: 200, body: '<html>Welcome</html>', type: 'text/html' }))
    expect((await drain('me', signal, told)).ended).toBe('later')
    expect((await store.getItem(item.id))!.state).toBe('queued')
  })

  it('does not believe an echo of other bytes', async () => {
    const item = await queued()
    serve((url) => (url.includes('/photos/') ? { status: 201, body: { id: url.split('/').pop(), sha256: '0'.repeat(64) } } : null))
    await drain('me', signal, told)
    expect((await store.getItem(item.id))!.photos[0]!.isAcked).toBe(false)
  })

  it('keeps everything on a 401 and asks to sign in', async () => {
    const [a, b] = [await queued(), await queued()]
    serve(() => problem(401, 'sign-in-needed'))
    expect((await drain('me', signal, told)).ended).toBe('sign_in')
    expect(calls.length).toBe(1)
    for (const item of [a, b]) expect((await store.getItem(item.id))!.state).toBe('queued')
  })

  it('waits for the consent with everything, and parks nothing as refused', async () => {
    const [a, b] = [await queued(), await queued()]
    let agreed = false
    serve((url) => (url.includes('/reports/') && !agreed ? problem(422, 'consent-outdated', { current: '2027-01' }) : null))
    expect((await drain('me', signal, told)).ended).toBe('consent')
    expect(calls).toEqual(['PUT /api/photos', 'PUT /api/reports'])
    for (const item of [a, b]) {
      expect(await store.getItem(item.id)).toMatchObject({ state: 'queued', parkedCode: null, nextTryAt: 0 })
      expect(await store.bytesOf(item.photos[0]!.id)).not.toBeNull()
    }
    agreed = true
    expect((await drain('me', signal, told)).ended).toBe('done')
    for (const item of [a, b]) expect((await store.getItem(item.id))!.state).toBe('acked')
  })

  it.each([409, 410, 413, 415, 422, 403, 404])('parks on %i with its reason, and goes on with the next', async (status) => {
    const first = await queued()
    const second = await queued()
    serve((url) => (url.endsWith(first.photos[0]!.id) ? problem(status, 'because') : null))
    await drain('me', signal, told)
    expect(await store.getItem(first.id)).toMatchObject({ state: 'parked', parkedCode: 'because' })
    expect(await store.bytesOf(first.photos[0]!.id)).not.toBeNull()
    expect((await store.getItem(second.id))!.state).toBe('acked')
  })

  it('honours Retry-After and stops asking a server that is away', async () => {
    const item = await queued()
    await queued()
    serve(() => ({ ...(problem(503, 'unavailable') as object), retryAfter: '120' }) as Answer)
    const ended = await drain('me', signal, told)
    expect(calls.length).toBe(1)
    expect(ended.ended).toBe('later')
    expect((await store.getItem(item.id))!.nextTryAt).toBeGreaterThan(Date.now() + 110_000)
  })

  it('sends only the report again when its answer was lost after the photos arrived', async () => {
    const item = await queued()
    let lost = true
    serve((url) => (url.includes('/reports/') && lost ? 'no network' : null))
    await drain('me', signal, told)
    lost = false
    await store.changeItem(item.id, (one) => void (one.nextTryAt = 0))
    calls = []
    await drain('me', signal, told)
    expect(calls).toEqual(['PUT /api/reports'])
    expect((await store.getItem(item.id))!.state).toBe('acked')
  })

  it('asks first which photos are needed after a broken line', async () => {
    const item = await queued()
    await store.changeItem(item.id, (one) => void (one.tries = 1))
    serve((url) => (url.endsWith('/photos/check') ? { status: 200, body: { items: [{ id: item.photos[0]!.id, status: 'have' }] } } : null))
    await drain('me', signal, told)
    expect(calls).toEqual(['POST /api/photos', 'PUT /api/reports'])
  })

  it('sends a photo again that the server says is missing', async () => {
    const item = await queued('me', 'command')
    let first = true
    serve((url) => {
      if (url.endsWith('/photos/check')) return { status: 200, body: { items: [{ id: item.photos[0]!.id, status: 'need' }] } }
      if (!url.includes('/commands/')) return null
      if (first) { first = false; return problem(409, 'photos-missing', { missing: [item.photos[0]!.id] }) }
      return { status: 201, body: { command_id: item.id, received_at: 'x', issue: null } }
    })
    await drain('me', signal, told)
    expect((await store.getItem(item.id))!).toMatchObject({ state: 'queued', photos: [{ isAcked: false }] })
    await store.changeItem(item.id, (one) => void (one.nextTryAt = 0))
    await drain('me', signal, told)
    expect((await store.getItem(item.id))!.state).toBe('acked')
  })

  it('takes up what a killed page left in "sending"', async () => {
    const item = await queued()
    await store.changeItem(item.id, (one) => void (one.state = 'sending'))
    serve(() => null)
    await drain('me', signal, told)
    expect((await store.getItem(item.id))!.state).toBe('acked')
  })

  it('sends no signature before the finding it stands under, and no second step of a case before the first', async () => {
    for (const [kind, body] of [['record', {}], ['command', { target: 'case' }]] as const) {
      const [first, second] = [await queued('me', kind), await queued('me', kind)]
      for (const [at, { id }] of [first, second].entries())
        await store.changeItem(id, (one) => Object.assign(one, { body, to: { path: `/api/findings/${id}`, echo: id }, createdAt: at, nextTryAt: at ? 0 : Date.now() + 60_000 }))
      let fails = true
      serve((url) => {
        const id = url.split('/').pop()
        if (url.includes('/photos/')) return null
        return fails ? problem(500, 'unexpected') : { status: 201, body: { id, command_id: id, issue: null, received_at: '2026-11-22T00:00:00Z' } }
      })
      expect((await drain('me', signal, told)).nextAt).toBeGreaterThan(Date.now() + 50_000)
      expect(calls).toEqual([])
      await store.changeItem(first.id, (one) => void (one.nextTryAt = 0))
      await drain('me', signal, told)
      expect((await store.getItem(second.id))!).toMatchObject({ state: 'queued', tries: 0 })
      fails = false
      await store.changeItem(first.id, (one) => void (one.nextTryAt = 0))
      calls = []
      await drain('me', signal, told)
      expect((await store.getItem(second.id))!.state).toBe('acked')
      expect(calls.at(-1)).toContain(kind === 'record' ? '/findings' : '/commands')
      calls = []
    }
  })

  it('shows nothing as on its way that a killed page left, where the run ends before its turn', async () => {
    await queued()
    const left = await queued()
    await store.changeItem(left.id, (one) => void (one.state = 'sending'))
    serve(() => problem(401, 'sign-in-needed'))
    expect((await drain('me', signal, told)).ended).toBe('sign_in')
    expect((await store.getItem(left.id))!).toMatchObject({ state: 'queued', tries: 0 })
  })

  it("never sends another person's items", async () => {
    const item = await queued('somebody else')
    serve(() => null)
    await drain('me', signal, told)
    expect(calls).toEqual([])
    expect((await store.getItem(item.id))!.state).toBe('queued')
  })

  it('has one sender: a second page finds the lease taken', async () => {
    await queued()
    expect(await store.takeLease('another page', Date.now(), 30_000)).toBe(true)
    serve(() => null)
    expect((await drain('me', signal, told)).ended).toBe('elsewhere')
    expect(calls).toEqual([])
    await store.dropLease('another page')
  })
})

describe('keeping', () => {
  it('lets go only of what a verified backup covers', async () => {
    const [covered, fresh] = [await queued(), await queued()]
    for (const [item, at] of [[covered, '2026-11-01T00:00:00Z'], [fresh, '2026-11-20T00:00:00Z']] as const)
      await store.changeItem(item.id, (one) => Object.assign(one, { state: 'acked', receivedAt: at }))
    await tidy('me', '2026-11-10T00:00:00Z', Date.parse('2026-11-22T00:00:00Z'))
    expect(await store.getItem(covered.id)).toBeUndefined()
    expect(await store.bytesOf(covered.photos[0]!.id)).toBeNull()
    expect(await store.getItem(fresh.id)).toBeDefined()
  })

  it('lets go of nothing that is not acknowledged, however long ago it arrived once and however large it is', async () => {
    for (const state of Object.keys(STATES).filter((one) => one !== 'acked')) {
      const item = await queued()
      const once = { state, receivedAt: '2026-01-01T00:00:00Z', photos: [{ ...item.photos[0]!, size: 400 * 2 ** 20 }] }
      await store.changeItem(item.id, (one) => Object.assign(one, once))
      await tidy('me', '2026-11-10T00:00:00Z', Date.parse('2026-11-22T00:00:00Z'))
      expect(await store.bytesOf(item.photos[0]!.id), state).not.toBeNull()
    }
  })

  it('leaves what has just arrived in sight for a while, even where it is covered', async () => {
    const item = await queued()
    await store.changeItem(item.id, (one) => Object.assign(one, { state: 'acked', receivedAt: '2026-11-22T00:00:00Z' }))
    await tidy('me', '2026-11-22T00:01:00Z', Date.parse('2026-11-22T00:01:00Z'))
    expect(await store.getItem(item.id)).toBeDefined()
    await tidy('me', '2026-11-22T00:11:00Z', Date.parse('2026-11-22T00:11:00Z'))
    expect(await store.getItem(item.id)).toBeUndefined()
  })

  it('offers everything again when the server was restored', async () => {
    const item = await queued()
    await store.changeItem(item.id, (one) => Object.assign(one, { state: 'acked', receivedAt: 'x' }))
    await offerAgain('me', 1)
    expect(await offerAgain('me', 1)).toBe(false)
    expect(await offerAgain('me', 2)).toBe(true)
    expect((await store.getItem(item.id))!).toMatchObject({ state: 'queued', photos: [{ isAcked: false }] })
  })

  it('notices a restore for each person of the phone', async () => {
    for (const who of ['a', 'b']) {
      const item = await queued(who)
      await store.changeItem(item.id, (one) => Object.assign(one, { state: 'acked', receivedAt: 'x' }))
      await offerAgain(who, 1)
    }
    expect(await offerAgain('a', 2)).toBe(true)
    expect(await offerAgain('b', 2)).toBe(true)
  })

  it('offers again what a page killed half-way had not come to', async () => {
    const item = await queued('killed')
    await store.changeItem(item.id, (one) => Object.assign(one, { state: 'acked', receivedAt: 'x' }))
    await offerAgain('killed', 1)
    const change = vi.spyOn(store, 'changeItem').mockRejectedValueOnce(new Error('killed'))
    await expect(offerAgain('killed', 2)).rejects.toThrow('killed')
    change.mockRestore()
    expect(await offerAgain('killed', 2)).toBe(true)
  })

  it('learns the epoch with the acknowledgement, and keeps what arrived anew until a backup has passed its photos', async () => {
    const item = await queued('learner')
    serve((url) => (url.includes('/photos/') ? { status: 201, body: { id: item.photos[0]!.id, sha256: item.photos[0]!.sha256, size: 1, received_at: '2026-11-23T00:00:00Z' } } : null))
    await drain('learner', signal, told)
    expect(await store.knownEpoch('learner')).toBe(0)
    expect((await store.getItem(item.id))!.receivedAt).toBe('2026-11-23T00:00:00Z')
    expect(await offerAgain('learner', 77)).toBe(true)
  })
})
