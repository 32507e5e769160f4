/** The first photo of things still in the outbox, as addresses for <img>; let go with the screen. */
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { bytesOf, type OutboxItem } from '@/core/outbox'

export function useThumbs(items: Ref<readonly OutboxItem[]>): (item: OutboxItem) => string | null {
  const urls = ref<Record<string, string>>({})
  watch(items, async (now) => {
    for (const item of now) {
      const first = item.photos[0]
      if (!first || urls.value[first.id]) continue
      const bytes = await bytesOf(first.id)
      if (bytes) urls.value = { ...urls.value, [first.id]: URL.createObjectURL(new Blob([bytes])) }
    }
  }, { immediate: true })
  onScopeDispose(() => Object.values(urls.value).forEach((url) => URL.revokeObjectURL(url)))
  return (item) => (item.photos[0] ? (urls.value[item.photos[0].id] ?? null) : null)
}
