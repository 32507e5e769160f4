// @vitest-environment happy-dom
/** 五问四互 as one page: what is asked next, what is still missing, whose name goes under it, and what became of it. */
import { VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { computed, reactive, ref } from 'vue'
import { CannotSave } from '@/core/outbox'
import FivePage from './FivePage.vue'
import { missingOf, type Entry, type Task } from './model'

const { confirm, giveUp, useTask } = vi.hoisted(() => ({ confirm: vi.fn<() => Promise<boolean>>(), giveUp: vi.fn<(id: string) => Promise<void>>(), useTask: vi.fn<() => unknown>() }))
vi.mock('./task', () => ({ useTask }))
vi.mock('@/ui/confirm', () => ({ confirm }))
vi.mock('@/core/outbox', async (all) => ({ ...(await all<typeof import('@/core/outbox')>()), giveUp }))
vi.mock('@/features/capture', () => ({ PhotoShots: { template: '<i />' }, loadStandards: () => Promise.resolve({ categories: [{ code: 'ORD-02', name_zh: '乱停放', name_en: '' }] }) }))
vi.mock('vue-router', async (all) => ({ ...(await all<typeof import('vue-router')>()), useRoute: () => ({ params: { id: 't' } }), useRouter: () => ({}) }))

const scale = [{ code: 'pass', zh: '符合', en: '', share: 1 }, { code: 'fail', zh: '不符合', en: '', share: 0 }]
const TASK = { id: 't', is_captain: true, target: { zh: '荷塘居委会', en: '' }, package: { items: [], points: [], to_verify: [], open_issues: [], result_scale: scale } }
const entry = (kind: Entry['kind'], body: Record<string, unknown>): Entry => ({ id: crypto.randomUUID(), kind, body, at: '2026-11-22T02:00:00Z', state: 'sent' })
const ALL = [...[1, 2, 3, 4, 5].map((question) => entry('interview', { question, is_met: false })), entry('rating', { items: [] }), entry('lesson', { text: '' })]
const send = vi.fn<(kind: Entry['kind'], body: Record<string, unknown>) => Promise<string>>()
let page: VueWrapper

beforeEach(() => {
  document.body.innerHTML = '<div id="dock"></div>'
  for (const one of [send, confirm, giveUp]) one.mockReset()
  confirm.mockResolvedValue(true)
})
afterEach(() => page.unmount())

async function shown(entries: readonly Entry[], over: Record<string, unknown> = {}, task: Record<string, unknown> = {}) {
  const book = ref<Entry[]>([...entries])
  const mine = { ...TASK, ...task } as unknown as Task
  send.mockImplementation((kind, body) => (book.value.push(entry(kind, body)), Promise.resolve('id')))
  useTask.mockReturnValue(reactive({ q: { isPending: false }, task: mine, book, drafts: 0, parked: [], submitted: false, missing: computed(() => missingOf(mine, book.value, 0)), send, ...over }))
  page = mount(FivePage, { global: { plugins: [VueQueryPlugin, createPinia()], stubs: { RouterLink: true } }, attachTo: document.body })
  await flushPromises()
}
const card = () => document.querySelector('.cur h2')?.textContent ?? ''
const folded = () => [...document.querySelectorAll('.fold')].map((one) => one.textContent)
const dock = () => document.querySelector('#dock')!
const submit = () => dock().querySelector('button')!
async function press(name: string, within: ParentNode = document) {
  ;[...within.querySelectorAll('button')].find((one) => one.textContent.trim() === name)!.click()
  await flushPromises()
}

it('asks guards and residents one after the other, each other question once, and says what is missing meanwhile_S19_S20_S21', async () => {
  await shown([entry('finding', { category: 'ORD-02' })])
  expect(dock().textContent.replaceAll('\u00a0', ' ')).toContain('还差：五问 5 条 · 平面镜 1 类 · 互评 · 互学')
  expect(card()).toContain('保安师傅')
  await press('知道')
  await press('不知道')
  expect([card().includes('保安师傅'), document.querySelector('.cur')!.textContent.includes('知道 1 / 问 2')]).toEqual([true, true])
  await press('满意')
  expect([folded(), card().includes('居民您好')]).toEqual([['问保安知道 1 / 问 2'], true])
  await press('不可以')
  expect([folded().length, card().includes('书记')]).toEqual([3, true])
  await press('没遇到书记')
  await press('没有', document.querySelector('.cur')!)
  expect([folded().length, card()]).toEqual([5, ''])
  document.querySelector<HTMLElement>('.fold')!.click()
  await flushPromises()
  expect(card()).toContain('保安师傅')
  await press('没有')
  expect(dock().textContent.replaceAll('\u00a0', ' ')).toContain('还差：互评 · 互学')
})

it('lets only the captain sign, only with nothing missing, and only after a second look_S17', async () => {
  await shown(ALL, {}, { is_captain: false })
  expect([dock().textContent, dock().querySelector('button')]).toEqual(['由组长签字提交', null])
  page.unmount()
  await shown(ALL.slice(1))
  submit().click()
  expect([submit().getAttribute('aria-disabled'), confirm.mock.calls.length]).toEqual(['true', 0])
  page.unmount()
  await shown(ALL)
  confirm.mockResolvedValueOnce(false)
  submit().click()
  await flushPromises()
  expect(send).not.toHaveBeenCalled()
})

it('signs once however often it is pressed, and can be pressed again where the phone could not keep it', async () => {
  await shown(ALL)
  send.mockRejectedValueOnce(new CannotSave())
  submit().click()
  await flushPromises()
  expect(document.querySelectorAll('main [role=alert]').length).toBe(1)
  let kept: (id: string) => void = () => undefined
  send.mockReturnValueOnce(new Promise((resolve) => (kept = resolve)))
  submit().click()
  await flushPromises()
  submit().click()
  await flushPromises()
  kept('id')
  await flushPromises()
  expect([send.mock.calls.length, document.querySelector('main [role=alert]')]).toEqual([2, null])
  expect(send.mock.calls[1]!.slice(0, 2)).toEqual(['submission', { unsent_drafts: 0, is_complete: true, signed_at: expect.any(String) as string }])
})

it('says what the office still misses of a signature that was refused, and takes that one back before the next', async () => {
  const parked = { id: 'old', to: { path: '/api/cross/submissions/old' }, parkedCode: 'not-complete', parkedMembers: { missing: [{ code: 'rating_missing', params: {} }] } }
  await shown(ALL, { parked: [parked] })
  expect(document.querySelector('main .note.warn')!.textContent).toContain('没有提交上：互评')
  submit().click()
  await flushPromises()
  expect([giveUp.mock.calls, send.mock.calls.length]).toEqual([[['old']], 1])
  page.unmount()
  await shown(ALL, { submitted: true })
  expect([dock().textContent, document.querySelector('main')!.textContent.includes('本轮已提交')]).toEqual(['', true])
})
