/** Whether answers come from the server or from what this device stored; told by the answers themselves, not by the browser's guess. */
import { shallowRef } from 'vue'

export interface NetState {
  offline: boolean
  /** When what is on the screen was fetched, if it is an older copy. */
  storedAt: string | null
}
export const net = shallowRef<NetState>({ offline: false, storedAt: null })

export function heardServer(): void {
  if (net.value.offline) net.value = { offline: false, storedAt: null }
}
export function heardStore(storedAt: string): void {
  net.value = { offline: true, storedAt }
}
export function heardNothing(): void {
  if (!net.value.offline) net.value = { offline: true, storedAt: null }
}
