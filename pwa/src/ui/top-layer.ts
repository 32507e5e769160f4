/** Which modal dialog lies on top: everything outside it is inert and below it, whatever its z-index. */
import { shallowRef } from 'vue'

/** The open dialogs, the topmost last. */
export const dialogs = shallowRef<readonly HTMLElement[]>([])

export function raised(dialog: HTMLElement): void {
  dialogs.value = [...dialogs.value.filter((one) => one !== dialog), dialog]
}
export function lowered(dialog: HTMLElement | null): void {
  if (dialogs.value.some((one) => one === dialog)) dialogs.value = dialogs.value.filter((one) => one !== dialog)
}
