/** What the outbox found gone from this phone, for the notice; the outbox itself is not part of the first screen's file. */
import { ref } from 'vue'

export const lost = ref(0)

export async function seen(): Promise<void> {
  await (await import('@/core/outbox')).lossSeen()
}
