/** Rounds and walks of the signed-in person: the list from the server or its store, the walks from this phone. */
import { useQuery } from '@tanstack/vue-query'
import { computed, reactive } from 'vue'
import { call } from '@/api/call'
import { useNow } from '@/core/clock'
import { useSession } from '@/core/session'
import { useOutbox } from '@/core/use-outbox'
import { endedSlots, todays, walksOf } from './rounds'

export const minePath = { queryKey: ['patrols', 'mine'], queryFn: ({ signal }: { signal: AbortSignal }) => call('get', '/api/patrols/mine', { signal }), staleTime: 60_000 }

export function useRounds() {
  const session = useSession()
  const now = useNow()
  const mine = reactive(useQuery({ ...minePath, refetchInterval: 600_000, enabled: computed(() => session.me !== null) }))
  const outbox = useOutbox()
  const items = computed(() => outbox.value?.items ?? [])
  const walks = computed(() => walksOf(items.value))
  const ended = computed(() => endedSlots(items.value))
  const today = computed(() => todays(mine.data, walks.value, ended.value, now.value))
  const ready = computed(() => outbox.value !== null && (mine.data !== undefined || mine.error !== null))
  return { mine, outbox, items, walks, ended, today, now, ready }
}
