/** Metres between two positions in WGS-84; good to a metre over a town. */
export function metresBetween(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const radius = 6_371_008.8
  const rad = Math.PI / 180
  const x = (b.lon - a.lon) * rad * Math.cos(((a.lat + b.lat) / 2) * rad)
  return Math.hypot(x, (b.lat - a.lat) * rad) * radius
}
