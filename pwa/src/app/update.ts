/** The service worker: registered after the first paint; a new version waits until the person says yes. */
import { ref } from 'vue'
import { scriptUrl } from '@/core/trusted'

export const updateReady = ref(false)
let waiting: ServiceWorker | null = null
let accepted = false

function offer(worker: ServiceWorker | null): void {
  // The very first worker takes over by itself; only a replacement is a choice.
  if (!worker || !navigator.serviceWorker.controller) return
  waiting = worker
  updateReady.value = true
}

export async function registerWorker(): Promise<void> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (accepted) location.reload()
  })
  const registration = await navigator.serviceWorker.register(scriptUrl('/sw.js'), { scope: '/' }).catch(() => null)
  if (!registration) return
  offer(registration.waiting)
  registration.addEventListener('updatefound', () => {
    const fresh = registration.installing
    fresh?.addEventListener('statechange', () => {
      if (fresh.state === 'installed') offer(fresh)
    })
  })
  setInterval(() => void registration.update().catch(() => undefined), 60 * 60_000)
}

export function acceptUpdate(): void {
  accepted = true
  updateReady.value = false
  waiting?.postMessage({ type: 'activate' })
}

export function postponeUpdate(): void {
  updateReady.value = false
}
