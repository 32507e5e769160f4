// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick, reactive } from 'vue'
import { OfflineError, ProblemError } from '@/api/client'
import { heardServer, heardStore } from '@/core/net'
import AsyncView from './AsyncView.vue'
import OfflineNote from './OfflineNote.vue'
import OutboxStrip from './OutboxStrip.vue'
import PhotoCompare from './PhotoCompare.vue'
import Segmented from './Segmented.vue'
import Skeleton from './Skeleton.vue'
import { timeSignal } from './time-signal'
import { flushUndo, toastNow, undoLast, undoToast } from './toast'
import XfButton from './XfButton.vue'

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
})
afterEach(() => vi.useRealTimers())

describe('button', () => {
  it('when off stays focusable, says what is missing, and does nothing', async () => {
    const pressed = vi.fn()
    const view = mount(XfButton, { props: { off: true, why: 'category missing', onClick: pressed }, slots: { default: 'Save' } })
    const button = view.get('button')
    expect(button.attributes('disabled')).toBeUndefined()
    expect(button.attributes('aria-disabled')).toBe('true')
    expect(view.get(`#${button.attributes('aria-describedby')}`).text()).toBe('category missing')
    await button.trigger('click')
    expect(pressed).not.toHaveBeenCalled()
  })
  it('when busy keeps its label and cannot be pressed twice', async () => {
    const pressed = vi.fn()
    const view = mount(XfButton, { props: { busy: true, onClick: pressed }, slots: { default: 'Save' } })
    await view.get('button').trigger('click')
    expect(view.text()).toBe('Save')
    expect(pressed).not.toHaveBeenCalled()
  })
})

describe('outbox strip', () => {
  it('says what is still on the phone, and is silent when nothing is', async () => {
    const view = mount(OutboxStrip, { props: { state: 'hidden' } })
    expect(view.text()).toBe('')
    await view.setProps({ state: 'waiting', count: 3 })
    expect(view.text()).toContain('3 张未上传')
    await view.setProps({ state: 'sending', done: 1, total: 3 })
    expect(view.text()).toContain('1 / 3')
    await view.setProps({ state: 'sent', number: '0151' })
    expect(view.text()).toBe('已送到，编号 0151')
  })
})

describe('time signal', () => {
  const h = 3_600_000
  it('is amber under a fifth of the span and red when passed', () => {
    expect(timeSignal(72 * h, 0, 50 * h)).toBe('plain')
    expect(timeSignal(72 * h, 0, 58 * h)).toBe('soon')
    expect(timeSignal(72 * h, 0, 72 * h)).toBe('over')
    expect(timeSignal(null, 0, 72 * h)).toBe('plain')
  })
})

describe('undo', () => {
  it('sends the decision after its time, and not before', () => {
    const send = vi.fn()
    undoToast('closed', vi.fn(), send)
    vi.advanceTimersByTime(9_900)
    expect(send).not.toHaveBeenCalled()
    vi.advanceTimersByTime(200)
    expect(send).toHaveBeenCalledTimes(1)
  })
  it('takes it back without sending', () => {
    const [undo, send] = [vi.fn(), vi.fn()]
    undoToast('closed', undo, send)
    expect(undoLast()).toBe(true)
    vi.advanceTimersByTime(20_000)
    expect(undo).toHaveBeenCalledTimes(1)
    expect(send).not.toHaveBeenCalled()
    expect(undoLast()).toBe(false)
  })
  it('sends the previous decision when the next one is made, and the last one on leaving', () => {
    const [first, second] = [vi.fn(), vi.fn()]
    undoToast('one', vi.fn(), first)
    undoToast('two', vi.fn(), second)
    expect(first).toHaveBeenCalledTimes(1)
    flushUndo()
    expect(second).toHaveBeenCalledTimes(1)
    expect(toastNow.value).toBeNull()
  })
})

describe('skeleton', () => {
  it('appears after 300 ms and offers the stored list after 4 s', async () => {
    const view = mount(Skeleton, { props: { storedAt: Date.now() } })
    expect(view.find('.skel').exists()).toBe(false)
    vi.advanceTimersByTime(300)
    await nextTick()
    expect(view.find('.skel').exists()).toBe(true)
    expect(view.find('button').exists()).toBe(false)
    vi.advanceTimersByTime(4000)
    await nextTick()
    await view.get('button').trigger('click')
    expect(view.emitted('stored')).toHaveLength(1)
  })
})

describe('the five states', () => {
  const query = () => reactive({ data: undefined as string[] | undefined, error: null as unknown, isPending: true, isFetching: true, dataUpdatedAt: 0, refetch: vi.fn() })
  const show = (q: ReturnType<typeof query>, empty = false) => mount(AsyncView<string[]>, { props: { query: q, empty, emptyTitle: 'nothing' }, slots: { default: '<p class="data">data</p>' } })

  it('goes from loading to data, empty, error and offline', async () => {
    const q = query()
    const view = show(q)
    expect(view.find('[aria-busy=true]').exists()).toBe(true)
    Object.assign(q, { data: [], isPending: false, isFetching: false })
    await nextTick()
    expect(view.find('.data').exists()).toBe(true)
    await view.setProps({ empty: true })
    expect(view.text()).toContain('nothing')
    Object.assign(q, { data: undefined, error: new ProblemError({ status: 403, code: 'not-your-role' }) })
    await nextTick()
    expect(view.get('[role=alert]').text()).toContain('这一步要由别的岗位来做')
    q.error = new OfflineError()
    await nextTick()
    expect(view.get('[role=alert]').text()).toContain('没有网络')
    await view.get('button').trigger('click')
    expect(q.refetch).toHaveBeenCalledTimes(1)
  })
  it('keeps what it has on the screen when the network goes', () => {
    const q = query()
    Object.assign(q, { data: ['x'], isPending: false, error: new OfflineError() })
    const view = show(q)
    expect(view.find('.data').exists()).toBe(true)
    expect(view.find('[role=alert]').exists()).toBe(false)
  })
  it('says once from when the page is', async () => {
    const view = mount(OfflineNote)
    expect(view.text()).toBe('')
    heardStore('2021-08-12T00:50:00Z')
    await nextTick()
    expect(view.text()).toContain('8:50')
    heardServer()
    await nextTick()
    expect(view.text()).toBe('')
  })
})

describe('choices', () => {
  it('tell which one is in force', async () => {
    const view = mount(Segmented, { props: { modelValue: 'a', label: 'x', options: [{ value: 'a', label: 'A', count: 3 }, { value: 'b', label: 'B' }] } })
    expect(view.findAll('button').map((b) => b.attributes('aria-pressed'))).toEqual(['true', 'false'])
    await view.findAll('button')[1].trigger('click')
    expect(view.emitted('update:modelValue')).toEqual([['b']])
  })
})

describe('photo comparison', () => {
  const photos = { before: { src: 'b.jpg', alt: 'rubbish' }, after: { src: 'a.jpg', alt: 'clean' } }
  it('has a slider that takes the arrow keys', async () => {
    const view = mount(PhotoCompare, { props: photos })
    const slider = view.get('[role=slider]')
    await slider.trigger('keydown', { key: 'ArrowRight' })
    expect(slider.attributes('aria-valuenow')).toBe('52')
    await slider.trigger('keydown', { key: 'End' })
    expect(slider.attributes('aria-valuenow')).toBe('100')
  })
  it('blinks at most twice a second and stops after ten', async () => {
    const view = mount(PhotoCompare, { props: { ...photos, mode: 'blink' } })
    const over = () => (view.get('.over').element as HTMLElement).style.display !== 'none'
    let changes = 0
    let last = over()
    for (let at = 0; at < 14_000; at += 100) {
      vi.advanceTimersByTime(100)
      await nextTick()
      if (over() !== last) changes++
      last = over()
    }
    expect(changes).toBeLessThanOrEqual(20)
    const stopped = over()
    vi.advanceTimersByTime(5000)
    await nextTick()
    expect(over()).toBe(stopped)
  })
  it('says so when a photo does not open', async () => {
    const view = mount(PhotoCompare, { props: photos })
    await view.get('img').trigger('error')
    expect(view.text()).toContain('照片打不开')
  })
})
