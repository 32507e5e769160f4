/** M01 to M37 as they are shown: a value, its fraction, and what it means, never one without the others. */
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, reactive, ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { call, type Schemas } from '@/api/call'
import { formatDateTime } from '@/core/format'
import { usePeriod, type Period } from './overview'
import { say } from './say'

export type Figure = Schemas['Figure']
export type Group = Schemas['Group']
export const DIMENSIONS = ['unit', 'point', 'grid', 'point_type', 'category', 'handling_class', 'focus', 'source'] as const
export type Dimension = (typeof DIMENSIONS)[number]
/** What the figures may be narrowed to, kept in the address. */
export const FILTERS = ['unit', 'point_type', 'point', 'category', 'handling_class', 'source'] as const
export type Filters = Partial<Record<(typeof FILTERS)[number], string>>
/** What a table of groups has room for; the rest is one tap away, by choosing the group. */
export const COLUMNS = ['M01', 'M02', 'M04', 'M05', 'M16'] as const

/** "95.6 %", "11.05", "—": as the server rounded it. */
export function shown(figure: Figure, kind: string): string {
  if (figure.value === null) return '—'
  if (kind === 'rate') return `${figure.value.toFixed(1)} %`
  if (kind === 'hours') return say('fig.hours', { n: figure.value.toFixed(1) })
  if (kind === 'per') return figure.value.toFixed(2)
  return kind === 'score' ? figure.value.toFixed(1) : String(figure.value)
}

export function fraction(figure: Figure): string {
  if (figure.d === null) return ''
  return figure.n === null ? say('fig.of', { d: figure.d }) : `${figure.n} / ${figure.d}`
}

export function useMetrics() {
  const { period: chosen, periods, asked: days } = usePeriod()
  const route = useRoute()
  const router = useRouter()
  /** A phase of the campaign, past or present, instead of days; choosing days leaves it. */
  const phase = computed(() => (typeof route.query.phase === 'string' ? route.query.phase : ''))
  const period = computed<Period | ''>({ get: () => (phase.value ? '' : chosen.value), set: (now) => now && void router.replace({ query: { ...route.query, phase: undefined, period: now === '30' ? undefined : now } }) })
  const asked = computed(() => (phase.value ? { phase: phase.value } : days.value))
  const by = ref<Dimension | ''>('')
  const only = computed<Filters>({
    get: () => Object.fromEntries(FILTERS.map((name) => [name, route.query[name]]).filter(([, value]) => typeof value === 'string' && value)),
    set: (now) => void router.replace({ query: { ...route.query, ...Object.fromEntries(FILTERS.map((name) => [name, now[name]])) } }),
  })
  const q = reactive(useQuery({
    queryKey: ['figures', 'metrics', asked, by, only],
    queryFn: ({ signal }) => call('get', '/api/figures/metrics', { query: { ...asked.value, ...only.value, ...(by.value ? { by: by.value } : {}) }, signal }),
    placeholderData: keepPreviousData,
  }))
  const kinds = computed(() => new Map(q.data?.definitions.map((one) => [one.id, one]) ?? []))
  const span = computed(() => (q.data ? say('span', { from: formatDateTime(q.data.start), to: formatDateTime(q.data.end < q.data.as_of ? q.data.end : q.data.as_of) }) : ''))
  return { period, periods, phase, by, only, q, kinds, span }
}
