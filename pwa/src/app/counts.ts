/** Badges of rail and tabs: how many things wait for this person in each room. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { call } from '@/api/call'
import { useSession } from '@/core/session'

export function useCounts() {
  const session = useSession()
  const inbox = useQuery({
    queryKey: ['inbox', 'count'],
    queryFn: ({ signal }) => call('get', '/api/inbox/count', { signal }),
    enabled: computed(() => session.signedIn),
    refetchInterval: 120_000,
    retry: false,
  })
  return computed<Record<string, number>>(() => ({ account: inbox.data.value?.unread ?? 0 }))
}
