/** One quiet line at the bottom that is also read aloud. Errors do not come here: they stay where they happened (Problem). */
import { shallowRef } from 'vue'

interface Toast {
  id: number
  text: string
  undo?: () => void
  expire?: () => void
  seconds: number
}
export const toastNow = shallowRef<Toast | null>(null)
export const announced = shallowRef('')
let id = 0
let timer: ReturnType<typeof setTimeout> | undefined

function end(expired: boolean): void {
  clearTimeout(timer)
  const old = toastNow.value
  toastNow.value = null
  if (expired) old?.expire?.()
}

function show(next: Toast): void {
  end(true)
  toastNow.value = next
  timer = setTimeout(() => end(true), next.seconds * 1000)
}

export function toast(text: string, seconds = 4): void {
  show({ id: ++id, text, seconds })
}

/**
 * Says what was decided and offers to take it back. `expire` runs when the time is over, when the next decision is
 * made, or when `flushUndo()` is called on leaving: only then is the decision sent.
 */
export function undoToast(text: string, undo: () => void, expire?: () => void, seconds = 10): void {
  show({ id: ++id, text, undo, expire, seconds })
}

/** Takes the last decision back, if it still can be. The Z key. */
export function undoLast(): boolean {
  const current = toastNow.value
  if (!current?.undo) return false
  end(false)
  current.undo()
  return true
}

/** Sends what waits for its undo time to pass; called when the page is left. */
export function flushUndo(): void {
  end(true)
}

/** For screen readers only. */
export function announce(text: string): void {
  announced.value = ''
  setTimeout(() => (announced.value = text), 50)
}

addEventListener('pagehide', flushUndo)
