// @vitest-environment happy-dom
import { QueryClient } from '@tanstack/vue-query'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { liveState, startLive } from './live'

class FakeStream {
  static CLOSED = 2
  static last: FakeStream
  readyState = 1
  onopen?: () => void
  onmessage?: (event: { data: string }) => void
  onerror?: () => void
  constructor(readonly url: string) {
    FakeStream.last = this
  }
  close() {
    this.readyState = FakeStream.CLOSED
  }
}

const client = new QueryClient()
const invalidate = vi.spyOn(client, 'invalidateQueries').mockResolvedValue()
let stop: () => void

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', FakeStream)
  invalidate.mockClear()
  stop = startLive(client)
})
afterEach(() => {
  stop()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('live updates', () => {
  it('fetch again what the server names', () => {
    FakeStream.last.onopen?.()
    FakeStream.last.onmessage?.({ data: '{"topics": ["issues", "review"], "id": "1"}' })
    expect(liveState.value).toBe('live')
    expect(invalidate.mock.calls.map(([filter]) => (filter as { queryKey?: unknown } | undefined)?.queryKey)).toEqual([['issues'], ['review']])
  })
  it('poll while the stream is away and come back to it', () => {
    FakeStream.last.readyState = FakeStream.CLOSED
    FakeStream.last.onerror?.()
    expect(liveState.value).toBe('polling')
    vi.advanceTimersByTime(31_000)
    expect(invalidate).toHaveBeenCalledTimes(1)
    const before = FakeStream.last
    vi.advanceTimersByTime(60_000)
    expect(FakeStream.last).not.toBe(before)
    FakeStream.last.onopen?.()
    invalidate.mockClear()
    vi.advanceTimersByTime(120_000)
    expect(invalidate).not.toHaveBeenCalled()
  })
  it('end with the desk', () => {
    stop()
    expect(liveState.value).toBe('off')
    expect(FakeStream.last.readyState).toBe(FakeStream.CLOSED)
  })
  it('ignore what they do not understand', () => {
    FakeStream.last.onmessage?.({ data: 'not json' })
    expect(invalidate).not.toHaveBeenCalled()
  })
})
