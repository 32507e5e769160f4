/** The outbox as screens see it. The sender itself knows nothing of Vue. */
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { snapshot, subscribe, type Snapshot } from './outbox'

/** Always the present state; null until the store was read once. */
export function useOutbox(): ShallowRef<Snapshot | null> {
  const state = shallowRef<Snapshot | null>(null)
  onScopeDispose(subscribe((now) => (state.value = now)))
  void snapshot().then((now) => (state.value ??= now), () => undefined)
  return state
}
