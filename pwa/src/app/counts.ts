/** Badges of rail and tabs: how many things wait for this person in each room. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api } from '@/api/client'
import { useSession } from '@/core/session'

export function useCounts() {
  const session = useSession()
  const query = useQuery({
    queryKey: ['inbox', 'counts'],
    queryFn: ({ signal }) => api<Record<string, number>>('GET', '/api/inbox/counts', undefined, { signal }),
    enabled: computed(() => session.signedIn),
    refetchInterval: 120_000,
    retry: false,
  })
  return computed(() => query.data.value)
}
