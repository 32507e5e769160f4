/** Badges of rail and tabs: how many things wait for this person in each room. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api } from '@/api/client'
import { useSession } from '@/core/session'

export function useCounts() {
  const session = useSession()
  const inbox = useQuery({
    queryKey: ['inbox', 'count'],
    queryFn: ({ signal }) => api<{ unread: number }>('GET', '/api/inbox/count', undefined, { signal }),
    enabled: computed(() => session.signedIn),
    refetchInterval: 120_000,
    retry: false,
  })
  return computed<Record<string, number>>(() => ({ account: inbox.data.value?.unread ?? 0 }))
}
