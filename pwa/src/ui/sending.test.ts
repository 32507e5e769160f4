import { expect, it, vi } from 'vitest'
import { ref } from 'vue'
import { OfflineError, ProblemError } from '@/api/client'
import type { Field, Values } from './form/form'
import { useFormSending, useSending } from './sending'

it('sends one at a time, and is busy until the answer has come', async () => {
  const { busy, doing, error, send } = useSending()
  let answer: (value: unknown) => void = () => undefined
  const work = vi.fn(() => new Promise((resolve) => (answer = resolve)))
  const first = send(work, 'first')
  expect([busy.value, doing.value, await send(work, 'second')]).toEqual([true, 'first', false])
  answer('kept')
  expect([await first, busy.value, doing.value, error.value]).toEqual([true, false, '', null])
  expect(work).toHaveBeenCalledTimes(1)
})

it('keeps a refusal until the next try, and knows what the person broke off', async () => {
  const { busy, error, send } = useSending()
  const refused = new OfflineError()
  expect(await send(() => Promise.reject(refused))).toBe(false)
  expect([error.value, busy.value]).toEqual([refused, false])
  expect(await send(() => Promise.resolve(false))).toBe(false)
  expect(error.value).toBeNull()
})

it('sends no form with a field lacking, and shows a refusal at its field', async () => {
  const fields = ref<Field[]>([{ name: 'code', label: 'Code', kind: 'text', required: true }, { name: 'name', label: 'Name', kind: 'text' }])
  const values = ref<Values>({ code: '' })
  const { error, faults, save, clear } = useFormSending(fields, values)
  const work = vi.fn<() => Promise<unknown>>()
  expect(await save(work, { name: 'too odd' })).toBe(false)
  expect(Object.keys(faults.value)).toEqual(['code', 'name'])
  expect(work).not.toHaveBeenCalled()

  values.value = { code: 'A 1' }
  work.mockRejectedValueOnce(new ProblemError({ code: 'invalid', status: 422, fields: [{ at: ['body', 'code'], why: 'string_pattern_mismatch' }] }))
  expect(await save(work)).toBe(false)
  expect([Object.keys(faults.value), values.value]).toEqual([['code'], { code: 'A 1' }])
  clear()
  expect([error.value, faults.value]).toEqual([null, {}])
  expect(await save(work.mockResolvedValue('made'))).toBe(true)
})
