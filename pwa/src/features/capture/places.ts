/** The town's points on the phone: nearest first, inside before near. The server snaps again; this is the proposal. */
import { api } from '@/api/client'
import { metresTo, type Shape } from '@/core/geometry'

export interface PlacePoint {
  id: string
  code: string
  type_code: string
  name_zh: string
  name_en: string
  is_key: boolean
  lon: number
  lat: number
  buffer_m: number
  geometry: Shape | null
}
export interface Near {
  point: PlacePoint
  metres: number
  inside: boolean
}
export const SNAP_RADIUS_M = 50

/** From the service worker's store when there is no network. */
export async function loadPoints(signal?: AbortSignal): Promise<PlacePoint[]> {
  const kept = await api<{ items: PlacePoint[] }>('GET', '/api/points/offline', undefined, { signal })
  return kept.items
}

/** All points, nearest first; key points win a tie. */
export function nearest(points: PlacePoint[], lon: number, lat: number): Near[] {
  return points
    .map((point) => {
      const metres = metresTo(point, lon, lat)
      return { point, metres, inside: metres === 0 }
    })
    .sort((a, b) => a.metres - b.metres || Number(b.point.is_key) - Number(a.point.is_key))
}

/** The proposal: inside, in its surroundings, or within the snap radius; null: no point here. */
export function propose(near: Near[]): Near | null {
  const best = near[0]
  return best && best.metres <= Math.max(SNAP_RADIUS_M, best.point.buffer_m) ? best : null
}
