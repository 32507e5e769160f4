/** Where a case's point lies, with its outline, from the list that is kept for phones anyway. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'
import { call } from '@/api/call'
import { localName } from '@/core/i18n'
import type { Spot } from './SpotMap.vue'

type Point = { id: string } & Parameters<typeof localName>[0]

export function usePointSpot(point: () => Point | null | undefined): ComputedRef<Spot | null> {
  const kept = useQuery({ queryKey: ['points', 'offline'], queryFn: ({ signal }) => call('get', '/api/points/offline', { signal }), staleTime: 600_000 })
  return computed(() => {
    const wanted = point()
    const found = wanted && kept.data.value?.items.find((one) => one.id === wanted.id)
    return found ? { lon: found.lon, lat: found.lat, title: localName(wanted), kind: 'place', shape: found.geometry as Spot['shape'] } : null
  })
}
