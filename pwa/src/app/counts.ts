/** Badges of rail and tabs: how many things wait for this person in each room. Live topics refresh them by their first key. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { call } from '@/api/call'
import { useSession, type Capability } from '@/core/session'

const EVERY_MS = 120_000

export function useCounts(asks: Ref<boolean>) {
  const session = useSession()
  const shared = { refetchInterval: EVERY_MS, retry: false } as const
  const asked = (...needs: Capability[]) => computed(() => asks.value && session.signedIn && needs.some(session.may))

  const inbox = useQuery({ ...shared, queryKey: ['inbox', 'count'], queryFn: ({ signal }) => call('get', '/api/inbox/count', { signal }), enabled: computed(() => asks.value && session.signedIn) })
  const issues = useQuery({ ...shared, queryKey: ['issues', 'counts'], queryFn: ({ signal }) => call('get', '/api/issues/counts', { signal }), enabled: asked('may_triage', 'is_unit') })
  const review = useQuery({ ...shared, queryKey: ['review', 'counts'], queryFn: ({ signal }) => call('get', '/api/review/counts', { signal }), enabled: asked('may_review') })

  return computed<Record<string, number>>(() => ({
    account: inbox.data.value?.unread ?? 0,
    triage: issues.data.value?.states.submitted ?? 0,
    orders: issues.data.value?.my_orders ?? 0,
    review: review.data.value?.all ?? 0,
  }))
}
