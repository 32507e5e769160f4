// @vitest-environment happy-dom
/** The office's two forms: what is lacking is said at its field, a refusal keeps what was typed, one press sends once. */
import { VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { OfflineError, ProblemError } from '@/api/client'
import PlanSheet from './PlanSheet.vue'
import SlotSheet from './SlotSheet.vue'
import WatchPanel from './WatchPanel.vue'
import type { Plan } from './desk'

const { call } = vi.hoisted(() => ({ call: vi.fn<(method: string, path: string, options?: { body?: unknown }) => Promise<unknown>>() }))
vi.mock('@/api/call', () => ({ call }))
const team = { code: 'citizens', name_zh: '市民巡访团', name_en: '' }
const point = { id: 'p1', code: 'P1', name_zh: '兰溪苑', name_en: '' }
const sent = (path: string) => call.mock.calls.filter(([, to]) => to === path)
let answer: () => Promise<unknown>

beforeEach(() => {
  answer = () => Promise.resolve({})
  call.mockReset().mockImplementation((method, path) => {
    if (path === '/api/teams') return Promise.resolve({ items: [team] })
    if (path === '/api/points') return Promise.resolve({ items: [point], next: null })
    if (path === '/api/patrols/watches' && method === 'get') return Promise.resolve({ items: [] })
    return path.endsWith('/preview') ? Promise.resolve({ items: [] }) : answer()
  })
})
async function shown<P extends Record<string, unknown>>(sheet: unknown, props: P) {
  const view = mount(sheet as typeof PlanSheet, { props: props as never, global: { plugins: [VueQueryPlugin, createPinia()] }, attachTo: document.body })
  await flushPromises()
  const field = (label: string) => {
    const found = view.findAll('label').find((one) => one.text().startsWith(label))!
    return found.attributes('for') ? view.get(`[id="${found.attributes('for')}"]`) : found.get('input')
  }
  return { view, field, save: () => view.get('.sheet-f .btn.pri') }
}

it('sends no plan without a name and somebody to go, and says both where they are asked for', async () => {
  const { view, field, save } = await shown(PlanSheet, { open: true, plan: null })
  await save().trigger('click')
  await flushPromises()
  expect(sent('/api/patrols/plans')).toEqual([])
  expect(view.text()).toContain('选一下谁去')
  const name = field('名称')
  expect(name.attributes('aria-invalid')).toBe('true')
  expect(view.get(`[id="${name.attributes('aria-describedby')}"]`).text()).toBe('这一项要填')
  expect(document.activeElement).toBe(name.element)
  view.unmount()
})

it('keeps a plan as it was typed when there is no network, and sends it at the next press', async () => {
  const { view, field, save } = await shown(PlanSheet, { open: true, plan: null })
  await field('名称').setValue('小区门口早查')
  await field('市民巡访团').setValue(true)
  answer = () => Promise.reject(new OfflineError())
  await save().trigger('click')
  await flushPromises()
  expect(view.get('[role=alert]').text()).toContain('网')
  expect([(field('名称').element as HTMLInputElement).value, (field('市民巡访团').element as HTMLInputElement).checked, view.emitted('saved')]).toEqual(['小区门口早查', true, undefined])

  let done: (value: unknown) => void = () => undefined
  answer = () => new Promise((resolve) => (done = resolve))
  await save().trigger('click')
  expect(save().attributes('aria-busy')).toBe('true')
  await save().trigger('click')
  done({})
  await flushPromises()
  const plans = sent('/api/patrols/plans')
  expect(plans).toHaveLength(2)
  expect(plans[1]![2]!.body).toMatchObject({ name_zh: '小区门口早查', rrule: 'FREQ=DAILY', parties: [{ kind: 'team', code: 'citizens' }] })
  expect([view.emitted('saved'), view.emitted('update:open')]).toEqual([[[]], [[false]]])
  view.unmount()
})

it('asks for an end after the beginning, and puts in a round at the chosen points', async () => {
  const { view, field, save } = await shown(SlotSheet, { open: true, plan: { id: 'plan', name_zh: '早查', name_en: '' } as Plan })
  const from = (field('从').element as HTMLInputElement).value
  await field('到').setValue(from)
  await save().trigger('click')
  await flushPromises()
  expect(view.text()).toContain('要晚于开始时间')
  expect(sent('/api/patrols/plans/{plan_id}/slots')).toEqual([])

  await field('到').setValue(`${from.slice(0, 11)}23:59`)
  await field('兰溪苑').setValue(true)
  await save().trigger('click')
  await flushPromises()
  expect(sent('/api/patrols/plans/{plan_id}/slots')[0]![2]!.body).toMatchObject({ target_codes: ['P1'] })
  expect(view.emitted('saved')).toEqual([[]])
  view.unmount()
})

it('says what an empty list is for, and keeps the choice of a point open when it is refused', async () => {
  const { view } = await shown(WatchPanel, { mayPlan: true })
  expect(view.text()).toContain('回潮的点位会自动建议，也可以自己加。')
  await view.findAll('button').find((one) => one.text() === '加点位')!.trigger('click')
  await flushPromises()
  answer = () => Promise.reject(new ProblemError({ code: 'point-watched', status: 409 }))
  await view.get('.wt-p').trigger('click')
  await flushPromises()
  expect([view.find('.sheet-b [role=alert]').exists(), view.find('.wt-p').exists()]).toEqual([true, true])
  answer = () => Promise.resolve({})
  await view.get('.wt-p').trigger('click')
  await flushPromises()
  expect(view.find('.wt-p').exists()).toBe(false)
  view.unmount()
})
