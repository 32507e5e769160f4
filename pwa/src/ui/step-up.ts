/** Grave steps want a fresh second factor: asked for when the server says so, then the step is taken again. */
import { shallowRef } from 'vue'
import { ProblemError } from '@/api/client'

export const stepUpAsked = shallowRef<{ answer: (confirmed: boolean) => void } | null>(null)

function ask(): Promise<boolean> {
  stepUpAsked.value?.answer(false)
  return new Promise((resolve) => {
    stepUpAsked.value = {
      answer: (confirmed) => {
        stepUpAsked.value = null
        resolve(confirmed)
      },
    }
  })
}

/** What `step` gives, or null when the person did not confirm who they are. */
export async function steppedUp<T>(step: () => Promise<T>): Promise<{ done: T } | null> {
  try {
    return { done: await step() }
  } catch (refused) {
    if (!(refused instanceof ProblemError && refused.code === 'step-up-needed')) throw refused
    return (await ask()) ? { done: await step() } : null
  }
}
