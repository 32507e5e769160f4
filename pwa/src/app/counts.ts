/** Badges of rail and tabs: how many things wait for this person in each room. Live topics refresh them by their first key. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { call } from '@/api/call'
import { useSession, type Capability } from '@/core/session'
import { loadOnCall, MINE } from '@/features/cross'

const EVERY_MS = 120_000
/** The reveal is a matter of minutes; a task that is here changes slowly, and each look at it is logged. */
const REVEAL_MS = 60_000
const TASK_MS = 600_000

export function useCounts(asks: Ref<boolean>) {
  const session = useSession()
  const shared = { refetchInterval: EVERY_MS, retry: false } as const
  const asked = (...needs: Capability[]) => computed(() => asks.value && session.signedIn && needs.some(session.may))

  const inbox = useQuery({ ...shared, queryKey: ['inbox', 'count'], queryFn: ({ signal }) => call('get', '/api/inbox/count', { signal }), enabled: computed(() => asks.value && session.signedIn) })
  const issues = useQuery({ ...shared, queryKey: ['issues', 'counts'], queryFn: ({ signal }) => call('get', '/api/issues/counts', { signal }), enabled: asked('may_triage', 'is_unit') })
  const review = useQuery({ ...shared, queryKey: ['review', 'counts'], queryFn: ({ signal }) => call('get', '/api/review/counts', { signal }), enabled: asked('may_review') })

  const cross = useQuery({
    queryKey: MINE, queryFn: async ({ signal }) => (await loadOnCall()).lookAhead(signal), retry: false,
    enabled: computed(() => asks.value && session.signedIn && session.has('cross_captain', 'cross_member')),
    refetchInterval: ({ state }) => (state.data?.some((task) => task.submitted_at === null) ? TASK_MS : REVEAL_MS),
  })

  return computed<Record<string, number>>(() => ({
    cross: cross.data.value?.filter((task) => task.submitted_at === null).length ?? 0,
    account: inbox.data.value?.unread ?? 0,
    triage: issues.data.value?.states.submitted ?? 0,
    orders: issues.data.value?.my_orders ?? 0,
    review: review.data.value?.all ?? 0,
  }))
}
