/** On a phone: a swipe is the next case, a long press shows only the photo of before. */
const FAR = 70
const LONG_MS = 450

export function useSwipe(on: { next: () => void; previous: () => void; hold: (now: boolean) => void; isBusy: () => boolean }) {
  let start: { x: number; y: number } | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let held = false

  function end() {
    clearTimeout(timer)
    if (held) on.hold(false)
    held = false
    start = null
  }
  return {
    pointerdown(event: PointerEvent) {
      if (event.pointerType === 'mouse' || !event.isPrimary || on.isBusy()) return end()
      const target = event.target as Element
      if (target.closest('button, input, textarea, [role=slider], .spots')) return
      start = { x: event.clientX, y: event.clientY }
      if (target.closest('.stage')) timer = setTimeout(() => on.hold((held = true)), LONG_MS)
    },
    pointermove(event: PointerEvent) {
      if (start && Math.hypot(event.clientX - start.x, event.clientY - start.y) > 10) clearTimeout(timer)
    },
    pointerup(event: PointerEvent) {
      const from = start
      const wasHeld = held
      end()
      if (!from || wasHeld || !event.isPrimary) return
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y]
      if (Math.abs(dx) > FAR && Math.abs(dx) > 2 * Math.abs(dy)) (dx < 0 ? on.next : on.previous)()
    },
    pointercancel: end,
  }
}
