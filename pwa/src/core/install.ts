/** "Put on the home screen": browsers that can do it themselves say so once, early; the offer is kept until it is used. */
import { shallowRef } from 'vue'

interface InstallEvent extends Event {
  prompt: () => Promise<void>
  userChoice: Promise<{ outcome: 'accepted' | 'dismissed' }>
}
const offer = shallowRef<InstallEvent | null>(null)
/** True while the browser can install the app at a tap. */
export const installReady = offer

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault()
  offer.value = event as InstallEvent
})
addEventListener('appinstalled', () => (offer.value = null))

export async function install(): Promise<void> {
  const event = offer.value
  offer.value = null
  await event?.prompt()
}

export function isInstalled(): boolean {
  return matchMedia('(display-mode: standalone)').matches || (navigator as { standalone?: boolean }).standalone === true
}
