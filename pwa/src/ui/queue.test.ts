// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { ProblemError } from '@/api/client'
import { useDecisions } from './decisions'
import { after, range, step } from './queue'
import { flushUndo, toastNow, undoLast } from './toast'

const items = ['a', 'b', 'c', 'd'].map((id) => ({ id, version: 3 }))
const one = (id: string, send = vi.fn(() => Promise.resolve()), undo = vi.fn()) => ({ items: items.filter((item) => item.id === id), text: id, label: id, send, undo })

describe('moving in a queue', () => {
  it('steps and stays at the ends', () => {
    expect(step(items, 'b', 1)).toBe('c')
    expect(step(items, 'd', 1)).toBe('d')
    expect(step(items, 'a', -1)).toBe('a')
    expect(step(items, 'gone', 1)).toBe('a')
    expect(step([], 'a', 1)).toBeNull()
  })
  it('goes on to the one after, and at the end to the one before', () => {
    expect(after(items, 'b')).toBe('c')
    expect(after(items, 'd')).toBe('c')
    expect(after([items[0]!], 'a')).toBeNull()
  })
  it('selects everything between, in either direction', () => {
    expect(range(items, 'd', 'b')).toEqual(['b', 'c', 'd'])
    expect(range(items, null, 'b')).toEqual(['b'])
  })
})

describe('decisions', () => {
  let scope: ReturnType<typeof effectScope>
  let desk: ReturnType<typeof useDecisions>
  const settled = vi.fn()
  beforeEach(() => {
    vi.useFakeTimers()
    setActivePinia(createPinia())
    scope = effectScope()
    desk = scope.run(() => useDecisions(settled))!
  })
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })

  it('hide the case at once and are sent after ten seconds', async () => {
    const decision = one('a')
    desk.decide(decision)
    expect(desk.isGone(items[0]!)).toBe(true)
    await vi.advanceTimersByTimeAsync(9_900)
    expect(decision.send).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(200)
    expect(decision.send).toHaveBeenCalledTimes(1)
    expect(desk.isGone(items[0]!)).toBe(true)
  })
  it('are taken back before they are sent', async () => {
    const decision = one('a')
    desk.decide(decision)
    expect(undoLast()).toBe(true)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(decision.send).not.toHaveBeenCalled()
    expect(decision.undo).toHaveBeenCalled()
    expect(desk.isGone(items[0]!)).toBe(false)
  })
  it('are sent by the next decision, and on leaving', () => {
    const [first, second] = [one('a'), one('b')]
    desk.decide(first)
    desk.decide(second)
    expect(first.send).toHaveBeenCalledTimes(1)
    expect(second.send).not.toHaveBeenCalled()
    flushUndo()
    expect(second.send).toHaveBeenCalledTimes(1)
    expect(toastNow.value).toBeNull()
  })
  it('that the server refuses bring the case back and say so', async () => {
    desk.decide(one('a', vi.fn(() => Promise.reject(new ProblemError({ code: 'version-conflict', status: 409 })))))
    flushUndo()
    await vi.advanceTimersByTimeAsync(0)
    expect(desk.isGone(items[0]!)).toBe(false)
    expect(desk.refused.value.map(({ ids }) => ids)).toEqual([['a']])
    expect(settled).toHaveBeenCalled()
  })
  it('do not hide a case that comes back with a newer version', () => {
    desk.decide(one('a'))
    expect(desk.isGone({ id: 'a', version: 4 })).toBe(false)
    desk.raise('a', 4)
    expect(desk.isGone({ id: 'a', version: 4 })).toBe(true)
  })
})
