/** Asks before something is lost, and only then. `await confirm({...})` */
import { shallowRef } from 'vue'

export interface Question { title: string; text?: string; ok: string; cancel?: string }
export const question = shallowRef<(Question & { answer: (yes: boolean) => void }) | null>(null)

export function confirm(asked: Question): Promise<boolean> {
  return new Promise((resolve) => {
    question.value?.answer(false)
    question.value = {
      ...asked,
      answer: (yes) => {
        question.value = null
        resolve(yes)
      },
    }
  })
}
