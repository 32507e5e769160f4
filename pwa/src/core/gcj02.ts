/** WGS-84 → GCJ-02 for display on map services that are shifted. The same public approximation as the server's core/geo.py; never stored, never sent. */
const AXIS = 6378245
const ECCENTRICITY_2 = 0.006693421622965943

function wave(t: number, parts: [number, number][]): number {
  return parts.reduce((sum, [factor, period]) => sum + factor * Math.sin(t * period * Math.PI), 0)
}

/** [lon, lat] as the map service draws it; unchanged outside the area in which services shift. */
export function toGcj02(lon: number, lat: number): [number, number] {
  if (lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271) return [lon, lat]
  const [x, y] = [lon - 105, lat - 35]
  const common = (20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI)) * (2 / 3)
  const root = Math.sqrt(Math.abs(x))
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common + wave(y, [[20, 1], [40, 1 / 3]]) * (2 / 3) + wave(y, [[160, 1 / 12], [320, 1 / 30]]) * (2 / 3)
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common + wave(x, [[20, 1], [40, 1 / 3]]) * (2 / 3) + wave(x, [[150, 1 / 12], [300, 1 / 30]]) * (2 / 3)
  const phi = (lat / 180) * Math.PI
  const magic = 1 - ECCENTRICITY_2 * Math.sin(phi) ** 2
  const metresLat = ((AXIS * (1 - ECCENTRICITY_2)) / (magic * Math.sqrt(magic))) * (Math.PI / 180)
  const metresLon = (AXIS / Math.sqrt(magic)) * Math.cos(phi) * (Math.PI / 180)
  return [lon + east / metresLon, lat + north / metresLat]
}
