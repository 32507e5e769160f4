/** Sending what a person filled in: one at a time; a refusal says why, and what was typed stays as it is. */
import { ref, type Ref } from 'vue'
import { faultsOf, lacking, type Faults, type Field, type Values } from './form/form'

export function useSending() {
  const busy = ref(false)
  /** Which of several things on one page is under way; '' while nothing is. */
  const doing = ref('')
  const error = ref<unknown>(null)

  /** Whether it was done. `work` answers false where the person broke it off; a second press while one is under way does nothing. */
  async function send(work: () => Promise<unknown>, name = ''): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    doing.value = name
    error.value = null
    try {
      return (await work()) !== false
    } catch (refused) {
      error.value = refused
      return false
    } finally {
      busy.value = false
      doing.value = ''
    }
  }
  return { busy, doing, error, send }
}

/** The same for a form of named fields: nothing is sent while one is lacking, and a refusal is shown at the field it is about. */
export function useFormSending(fields: Readonly<Ref<readonly Field[]>>, values: Readonly<Ref<Values>>) {
  const { busy, error, send } = useSending()
  const faults = ref<Faults>({})

  /** `also`: what is wrong beyond empty fields. */
  async function save(work: () => Promise<unknown>, also: Faults = {}): Promise<boolean> {
    if (busy.value) return false
    error.value = null
    faults.value = { ...lacking(fields.value, values.value), ...also }
    if (Object.keys(faults.value).length) return false
    const done = await send(work)
    if (error.value) faults.value = faultsOf(error.value, fields.value)
    return done
  }
  function clear(): void {
    faults.value = {}
    error.value = null
  }
  return { busy, error, faults, save, clear }
}
