/** The period that is looked at, kept in the address so that the wall chart shows the same one, and its figures. */
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, reactive } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { call } from '@/api/call'
import { formatDateTime } from '@/core/format'
import { say } from './say'

const PERIODS = ['1', '7', '30', '90', 'phase', 'campaign'] as const
export type Period = (typeof PERIODS)[number]

/** The period of the page, and how the server is asked for it. */
export function usePeriod() {
  const route = useRoute()
  const router = useRouter()
  const period = computed<Period>({
    get: () => PERIODS.find((one) => one === route.query.period) ?? '30',
    set: (now) => void router.replace({ query: { ...route.query, period: now === '30' ? undefined : now } }),
  })
  const asked = computed(() => (period.value === 'phase' || period.value === 'campaign' ? { since: period.value } : { days: Number(period.value) }))
  const periods = computed(() => PERIODS.map((value) => ({ value, label: say(`days.${value === 'phase' || value === 'campaign' ? value : (`d${value}` as const)}`) })))
  return { period, periods, asked }
}

export function useOverview(everyMs?: number) {
  const { period, periods, asked } = usePeriod()
  const q = reactive(useQuery({
    queryKey: ['issues', 'figures', asked],
    queryFn: ({ signal }) => call('get', '/api/figures/overview', { query: { ...asked.value, top: 100 }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: everyMs ?? false,
  }))
  const span = computed(() => (q.data ? say('span', { from: formatDateTime(q.data.start), to: formatDateTime(q.data.at) }) : ''))
  return { period, periods, q, span }
}
