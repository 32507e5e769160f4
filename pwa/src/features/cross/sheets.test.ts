// @vitest-environment happy-dom
/** What a team writes down for good, and the organiser's word: nothing lacking is sent, nothing typed is lost, one press writes once. */
import { VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { reactive } from 'vue'
import { OfflineError, ProblemError } from '@/api/client'
import { CannotSave } from '@/core/outbox'
import AddSheet from './AddSheet.vue'
import type { Round } from './desk'
import FindingConfirm from './FindingConfirm.vue'
import LearnSection from './LearnSection.vue'
import type { Entry } from './model'
import MoveSheet from './MoveSheet.vue'
import RatingSection from './RatingSection.vue'
import type { TaskView } from './task'
import TaskGone from './TaskGone.vue'

const { call } = vi.hoisted(() => ({ call: vi.fn<() => Promise<unknown>>() }))
vi.mock('@/api/call', () => ({ call }))
vi.mock('@/features/capture', () => ({
  PhotoShots: { template: '<i />' }, CategoryField: { template: '<i />' }, usePosition: () => ({ value: { state: 'locating' } }),
  loadStandards: () => Promise.resolve({ categories: [{ code: 'ORD-02', name_zh: '乱停放', name_en: '' }, { code: 'ENV-01', name_zh: '垃圾', name_en: '' }] }),
}))
const scale = [{ code: 'pass', zh: '符合', en: '', share: 1 }, { code: 'fail', zh: '不符合', en: '', share: 0 }]
const pack = { items: [{ code: 'bins', zh: '垃圾箱', en: '', categories: ['ENV-01', 'ORD-02'] }], points: [{ id: 'p1', zh: '荷塘新村', en: '' }], result_scale: scale }
const send = vi.fn<(kind: string, body: Record<string, unknown>) => Promise<string>>()
const view = () => reactive({ task: { id: 't', target: { zh: '荷塘居委会', en: '' }, package: pack }, book: [], send }) as unknown as TaskView
const full = () => new CannotSave()

beforeEach(() => {
  send.mockReset().mockResolvedValue('id')
  call.mockReset().mockResolvedValue({})
})
async function shown(of: unknown, props: Record<string, unknown>) {
  const page = mount(of as typeof AddSheet, { props: props as never, global: { plugins: [VueQueryPlugin, createPinia()] }, attachTo: document.body })
  await flushPromises()
  const button = (name: string) => page.findAll('button').find((one) => one.text() === name)!
  const why = (name: string) => page.get(`[id="${button(name).attributes('aria-describedby')}"]`).text()
  return { page, button, why }
}

it('writes a finding down once photo and category are there, and keeps all where the phone is full', async () => {
  const draft = reactive({ photos: [] as unknown[], facts: { pointId: 'p1', item: 'bins', category: null as string | null, nature: 'ordinary', result: null, text: '', fix: null } })
  const save = vi.fn<(label: string) => Promise<void>>().mockRejectedValueOnce(full()).mockResolvedValue()
  const { page, button, why } = await shown(FindingConfirm, { shots: { draft, keep: () => Promise.resolve(), save }, view: view(), verify: false })
  expect(why('记下')).toBe('先拍一张照片')
  draft.photos.push({ id: 'a', url: 'blob:1' })
  await flushPromises()
  expect(why('记下')).toBe('选一个问题类别')
  await button('垃圾').trigger('click')
  await page.get('textarea').setValue('满了两天')
  await button('记下').trigger('click')
  await flushPromises()
  expect([page.find('[role=alert]').exists(), page.emitted('saved'), draft.facts.text]).toEqual([true, undefined, '满了两天'])
  await button('记下').trigger('click')
  await flushPromises()
  expect(save.mock.calls).toEqual([['垃圾 · 荷塘新村'], ['垃圾 · 荷塘新村']])
  expect([page.find('[role=alert]').exists(), page.emitted('saved')]).toEqual([false, [[]]])
  page.unmount()
})

it('adds words behind a finding: needed, graver at most, kept when they cannot be kept on the phone', async () => {
  const finding = { id: 'f', body: { nature: 'difficult' } } as unknown as Entry
  const { page, button, why } = await shown(AddSheet, { finding, view: view() })
  expect(why('补充上去')).toBe('写一下补充什么')
  expect([button('一般'), button('紧急').exists()]).toEqual([undefined, true])
  await page.get('textarea').setValue('又多了两辆')
  await button('紧急').trigger('click')
  send.mockRejectedValueOnce(full())
  await button('补充上去').trigger('click')
  await flushPromises()
  expect([page.get('textarea').element.value, page.emitted('done')]).toEqual(['又多了两辆', undefined])
  await button('补充上去').trigger('click')
  await flushPromises()
  expect(send.mock.calls[1]!.slice(0, 2)).toEqual(['correction', { finding_id: 'f', text: '又多了两辆', nature: 'urgent' }])
  expect(page.emitted('done')).toEqual([[]])
  page.unmount()
})

it('rates all five things or nothing, each named for those who cannot see it', async () => {
  const { page, button, why } = await shown(RatingSection, { view: view() })
  const groups = page.findAll('[role=group]')
  expect(groups.map((one) => one.attributes('aria-label'))).toEqual(['环境', '秩序', '设施', '宣传', '管理'])
  for (const one of groups.slice(1)) await one.get('button').trigger('click')
  expect(why('记下')).toBe('还有 1 项没打分')
  await button('记下').trigger('click')
  expect(send).not.toHaveBeenCalled()
  await groups[0]!.get('button').trigger('click')
  let kept: (id: string) => void = () => undefined
  send.mockReturnValueOnce(new Promise((resolve) => (kept = resolve)))
  await button('记下').trigger('click')
  expect(button('记下').attributes('aria-busy')).toBe('true')
  await button('记下').trigger('click')
  kept('id')
  await flushPromises()
  expect(send).toHaveBeenCalledTimes(1)
  page.unmount()
})

it('asks why there is no lesson, and keeps a practice that could not be kept on the phone', async () => {
  const { page, button, why } = await shown(LearnSection, { view: view() })
  expect(why('记下')).toBe('写一句学到什么')
  await page.get('input[type=checkbox]').setValue(true)
  expect(why('记下')).toBe('写一下为什么没有')
  await button('记一条').trigger('click')
  const words = page.get('textarea[aria-label]')
  await words.setValue('停车线重新划过')
  send.mockRejectedValueOnce(full())
  const save = page.findAll('button').filter((one) => one.text() === '记下')[1]!
  await save.trigger('click')
  await flushPromises()
  expect([page.findAll('[role=alert]').length, (words.element as HTMLTextAreaElement).value]).toEqual([1, '停车线重新划过'])
  await save.trigger('click')
  await flushPromises()
  expect(send.mock.calls[1]!.slice(0, 2)).toEqual(['practice', { kind: 'strength', text: '停车线重新划过', adopt: false, due_on: null }])
  expect(page.find('textarea[aria-label]').exists()).toBe(false)
  page.unmount()
})

it('calls a round off with a reason only, and says why it was refused', async () => {
  const { page, button, why } = await shown(MoveSheet, { move: 'call_off', round: { id: 'r', start_at: '2026-11-22T02:00:00Z' } as Round })
  expect(why('取消本轮')).toBe('写一下原因')
  await page.get('textarea').setValue('台风')
  call.mockRejectedValueOnce(new ProblemError({ code: 'not-allowed', status: 409 }))
  await button('取消本轮').trigger('click')
  await flushPromises()
  expect([page.find('[role=alert]').exists(), page.get('textarea').element.value, page.emitted('update:move')]).toEqual([true, '台风', undefined])
  await button('取消本轮').trigger('click')
  await flushPromises()
  expect(page.emitted('update:move')).toEqual([[null]])
  page.unmount()
})

it('says why a task is not there, and never that the network is away when the server failed', async () => {
  const said = async (error: unknown) => {
    const { page } = await shown(TaskGone, { view: { q: { error, isFetching: false, refetch: () => undefined } } })
    const text = page.text()
    page.unmount()
    return text
  }
  expect(await said(new OfflineError())).toContain('连上网打开一次')
  expect(await said(null)).toContain('没有这一轮的任务')
  const failed = await said(new ProblemError({ code: 'internal', status: 500 }))
  expect(failed).toContain('服务器出了点问题')
  expect(failed).not.toContain('不在手机里')
})
