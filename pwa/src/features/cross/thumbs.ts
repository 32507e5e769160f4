/** Photos that are still on this phone, as addresses for <img>, let go with the screen; else the server's small pictures: a teammate's, or ours that went. */
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { bytesOf } from '@/core/outbox'
import type { Entry } from './model'

export function firstPhoto(entry: Entry): string | null {
  return (entry.body.photos as { id: string }[] | undefined)?.[0]?.id ?? null
}

export function useThumbs(entries: Ref<readonly Entry[]>, sent: () => Readonly<Record<string, string>>): (entry: Entry) => string | null {
  const urls = ref<Record<string, string>>({})
  watch(entries, async (now) => {
    for (const entry of now) {
      const id = firstPhoto(entry)
      if (!id || urls.value[id]) continue
      const bytes = await bytesOf(id)
      if (bytes) urls.value = { ...urls.value, [id]: URL.createObjectURL(new Blob([bytes])) }
    }
  }, { immediate: true })
  onScopeDispose(() => Object.values(urls.value).forEach((url) => URL.revokeObjectURL(url)))
  return (entry) => {
    const id = firstPhoto(entry) ?? ''
    return urls.value[id] ?? sent()[id] ?? null
  }
}
