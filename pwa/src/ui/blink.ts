import { onScopeDispose, ref } from 'vue'

/** Alternates at most twice a second and stops after ten; under reduced motion it changes only when asked (WCAG 2.3.1, 2.2.2). */
export function useBlink() {
  const on = ref(false)
  const running = ref(false)
  let timer: ReturnType<typeof setInterval> | undefined
  let stopAt: ReturnType<typeof setTimeout> | undefined

  function stop() {
    clearInterval(timer)
    clearTimeout(stopAt)
    running.value = false
  }
  function start() {
    stop()
    on.value = !on.value
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
    running.value = true
    timer = setInterval(() => (on.value = !on.value), 600)
    stopAt = setTimeout(stop, 10_000)
  }
  onScopeDispose(stop)
  return { on, running, start, stop }
}
