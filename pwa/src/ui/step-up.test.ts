import { expect, it, vi } from 'vitest'
import { ProblemError } from '@/api/client'
import { stepUpAsked, steppedUp } from './step-up'

const needed = () => new ProblemError({ code: 'step-up-needed', status: 403 })

it('takes a step again once the person has confirmed who they are', async () => {
  const step = vi.fn<() => Promise<string>>().mockRejectedValueOnce(needed()).mockResolvedValue('erased')
  const running = steppedUp(step)
  await vi.waitFor(() => expect(stepUpAsked.value).not.toBeNull())
  stepUpAsked.value!.answer(true)
  expect(await running).toEqual({ done: 'erased' })
  expect(stepUpAsked.value).toBeNull()
})
it('does nothing when they do not, and lets every other refusal through', async () => {
  const step = vi.fn<() => Promise<string>>().mockRejectedValue(needed())
  const running = steppedUp(step)
  await vi.waitFor(() => expect(stepUpAsked.value).not.toBeNull())
  stepUpAsked.value!.answer(false)
  expect(await running).toBeNull()
  expect(step).toHaveBeenCalledTimes(1)
  await expect(steppedUp(() => Promise.reject(new ProblemError({ code: 'forbidden', status: 403 })))).rejects.toThrow('forbidden')
})
