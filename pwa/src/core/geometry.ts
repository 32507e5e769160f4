/** Distances within a town, good to a metre. WGS-84. */
type Ring = [number, number][]
export interface Shape {
  type: 'LineString' | 'MultiLineString' | 'Polygon' | 'MultiPolygon'
  coordinates: unknown
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
export function metresTo(place: { lon: number; lat: number; geometry: Shape | null }, lon: number, lat: number): number {
  const put = local(lon, lat)
  const centre = Math.hypot(...put([place.lon, place.lat]))
  const shape = place.geometry
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
