/** Lists that forms and filters choose from. Each is fetched once and kept for ten minutes. */
import { useQuery } from '@tanstack/vue-query'
import { computed, reactive, type Ref } from 'vue'
import { call, type Schemas } from '@/api/call'
import { localName } from '@/core/i18n'
import type { Option } from '@/ui/form/form'

const KEEP = { staleTime: 600_000 }

/** Every page of a list: towns have hundreds of these, not thousands. */
async function whole<T>(fetchPage: (cursor: string | undefined) => Promise<{ items: T[]; next?: string | null }>): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const page = await fetchPage(cursor)
    items.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor && items.length < 5000)
  return items
}

export const useUnits = () => reactive(useQuery({ queryKey: ['units', 'list', 'all'], queryFn: ({ signal }) => whole((cursor) => call('get', '/api/units', { query: { limit: 200, cursor }, signal })), ...KEEP }))
export const useStandards = () => reactive(useQuery({ queryKey: ['standards', 'list'], queryFn: ({ signal }) => call('get', '/api/standards', { signal }), ...KEEP }))
export const useGrids = () => reactive(useQuery({ queryKey: ['grids', 'list'], queryFn: ({ signal }) => call('get', '/api/grids', { signal }), ...KEEP }))
export const usePoints = () => reactive(useQuery({ queryKey: ['points', 'list', 'all'], queryFn: ({ signal }) => whole((cursor) => call('get', '/api/points', { query: { limit: 200, cursor, is_active: true }, signal })), ...KEEP }))
export const usePeople = (unitId: Ref<string | undefined>, enabled: Ref<boolean>) =>
  reactive(useQuery({ queryKey: ['people', 'list', 'of', unitId], enabled, queryFn: ({ signal }) => whole((cursor) => call('get', '/api/people', { query: { unit_id: unitId.value, status: 'active', limit: 200, cursor }, signal })), ...KEEP }))

export const optionsOf = (items: readonly { id: string; name_zh: string; name_en: string }[] | undefined): Option[] => (items ?? []).map((item) => ({ value: item.id, label: localName(item) }))
export const categoryOptions = (standards: Schemas['StandardsOut'] | undefined): Option[] => (standards?.categories ?? []).filter((one) => one.is_active).map((one) => ({ value: one.code, label: localName(one) }))
export function useLookups() {
  const units = useUnits()
  const standards = useStandards()
  const points = usePoints()
  return { units: computed(() => optionsOf(units.data)), categories: computed(() => categoryOptions(standards.data)), points: computed(() => optionsOf(points.data)) }
}
