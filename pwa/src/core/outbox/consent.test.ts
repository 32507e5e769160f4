// @vitest-environment happy-dom
/** A new consent text: nothing leaves the phone before it is agreed to, everything after. */
import 'fake-indexeddb/auto'
import { afterEach, expect, it, vi } from 'vitest'
import * as outbox from '.'
import * as store from './store'

afterEach(async () => {
  await outbox.signedInAs(null) // nothing is still being sent, or marked, once the page is gone
  vi.unstubAllGlobals()
})

it('keeps a finished report until the person has agreed, then sends it by itself', async () => {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url)
    const receipt = { report_id: url.split('/').pop(), state: 'complete', received_at: '2026-11-22T00:00:00Z', photos: { expected: 0, received: 0, missing: [] }, issue: null, restore_epoch: 0, durable_through: 'x' }
    return new Response(JSON.stringify(receipt), { headers: { 'Content-Type': 'application/json' } })
  })
  await outbox.holdForConsent(true)
  await outbox.signedInAs('me')
  const item = await outbox.beginDraft('report', {})
  await outbox.finish(item.id, { a: 1 }, 'x')
  await outbox.retryNow()
  await vi.waitFor(async () => expect((await outbox.snapshot()).ended).toBe('consent'))
  expect(asked).toEqual([])
  expect((await outbox.getItem(item.id))!.state).toBe('queued')
  await outbox.holdForConsent(false)
  await vi.waitFor(async () => expect((await outbox.getItem(item.id))!.state).toBe('acked'))
  expect(asked[0]).toBe(`/api/reports/${item.id}`)
})

it('says what the browser threw away with its storage, once', async () => {
  vi.stubGlobal('fetch', async () => { throw new TypeError('no network') })
  await outbox.signedInAs('walker')
  const item = await outbox.beginDraft('report', {})
  await outbox.finish(item.id, { a: 1 }, 'x')
  await vi.waitFor(() => expect(document.cookie).toContain('xf_unsent'))
  await outbox.signedInAs(null)
  await store.deleteItem(item.id)
  await outbox.signedInAs('walker')
  expect((await outbox.snapshot()).lost).toBe(1)
  await outbox.lossSeen()
  await outbox.signedInAs(null)
  await outbox.signedInAs('walker')
  expect((await outbox.snapshot()).lost).toBe(0)
})
