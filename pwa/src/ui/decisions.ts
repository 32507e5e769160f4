/**
 * Decisions of a desk: the case leaves the queue at once, the decision is sent when its undo time is over (DECISIONS 6).
 * One that the server then refuses puts the case back and stays in sight until it is looked at.
 */
import { onScopeDispose, ref, shallowReactive, type Ref } from 'vue'
import { flushUndo, undoToast } from './toast'

interface Versioned { id: string; version: number }
export interface Refusal { ids: readonly string[]; label: string; error: unknown }
export interface Decision {
  /** The cases it is about, as they were seen. */
  items: readonly Versioned[]
  /** What the toast says was done. */
  text: string
  /** How the case is named where its sending failed. */
  label: string
  send: () => Promise<void>
  /** Goes back to the case. */
  undo?: () => void
}

export function useDecisions(settled: () => void) {
  /** Version at which each was decided here: a newer one in the list came back for a reason and is shown. */
  const decided = shallowReactive(new Map<string, number>())
  const refused = ref([]) as Ref<Refusal[]>

  async function run({ items, label, send }: Decision) {
    try {
      await send()
    } catch (error) {
      items.forEach(({ id }) => decided.delete(id))
      refused.value = [...refused.value, { ids: items.map(({ id }) => id), label, error }]
    } finally {
      settled()
    }
  }

  function decide(decision: Decision) {
    // Showing the toast sends the decision before this one: it must not find its own marks changed.
    undoToast(decision.text, () => {
      decision.items.forEach(({ id }) => decided.delete(id))
      decision.undo?.()
    }, () => void run(decision))
    decision.items.forEach(({ id, version }) => decided.set(id, version))
    refused.value = refused.value.filter((one) => !one.ids.some((id) => decision.items.some((item) => item.id === id)))
  }

  function isGone({ id, version }: Versioned): boolean {
    return (decided.get(id) ?? -1) >= version
  }
  /** A step of one's own (the case was opened) gave it a new version: it stays decided. */
  function raise(id: string, version: number) {
    if (decided.has(id)) decided.set(id, version)
  }
  /** Those of a batch that the server did not take. */
  function restore(ids: readonly string[]) {
    ids.forEach((id) => decided.delete(id))
  }
  function dismiss(refusal: Refusal) {
    refused.value = refused.value.filter((one) => one !== refusal)
  }
  onScopeDispose(flushUndo)
  return { isGone, refused, decide, raise, restore, dismiss }
}
