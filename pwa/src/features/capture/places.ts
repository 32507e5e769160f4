/** The town's points on the phone: nearest first, inside before near. The server snaps again; this is the proposal. */
import { api } from '@/api/client'

type Ring = [number, number][]
interface Shape {
  type: 'LineString' | 'MultiLineString' | 'Polygon' | 'MultiPolygon'
  coordinates: unknown
}
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

const METRES_A_DEGREE = 111_195

/** Metres east and north of (lon, lat); exact enough within a town. */
function local(lon: number, lat: number) {
  const k = Math.cos((lat * Math.PI) / 180)
  return ([x, y]: [number, number]): [number, number] => [(x - lon) * METRES_A_DEGREE * k, (y - lat) * METRES_A_DEGREE]
}

function toSegment([ax, ay]: [number, number], [bx, by]: [number, number]): number {
  const [dx, dy] = [bx - ax, by - ay]
  const length = dx * dx + dy * dy
  const t = length ? Math.max(0, Math.min(1, -(ax * dx + ay * dy) / length)) : 0
  return Math.hypot(ax + t * dx, ay + t * dy)
}

function toLine(line: Ring): number {
  let best = Infinity
  for (let i = 1; i < line.length; i++) best = Math.min(best, toSegment(line[i - 1]!, line[i]!))
  return best
}

/** Whether the origin lies in the ring (ray casting). */
function holds(ring: Ring): boolean {
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i]!
    const [xj, yj] = ring[j]!
    if (yi > 0 !== yj > 0 && 0 < ((xj - xi) * -yi) / (yj - yi) + xi) inside = !inside
  }
  return inside
}

function toPolygon(rings: Ring[]): number {
  const [outer, ...holes] = rings
  if (outer && holds(outer) && !holes.some(holds)) return 0
  return Math.min(...rings.map(toLine))
}

/** Metres from a position to a point's position, line or area; 0 inside an area. */
export function metresTo(point: PlacePoint, lon: number, lat: number): number {
  const put = local(lon, lat)
  const centre = Math.hypot(...put([point.lon, point.lat]))
  const shape = point.geometry
  if (!shape) return centre
  const ring = (raw: unknown) => (raw as Ring).map(put)
  const rings = (raw: unknown) => (raw as unknown[]).map(ring)
  switch (shape.type) {
    case 'LineString': return toLine(ring(shape.coordinates))
    case 'MultiLineString': return Math.min(...rings(shape.coordinates).map(toLine))
    case 'Polygon': return toPolygon(rings(shape.coordinates))
    case 'MultiPolygon': return Math.min(...(shape.coordinates as unknown[]).map((one) => toPolygon(rings(one))))
    default: return centre
  }
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
