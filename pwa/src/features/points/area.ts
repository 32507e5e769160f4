/** An area's corners as text: `lon,lat;lon,lat;…`, WGS-84. */
export type Corner = [number, number]

export const textOf = (corners: readonly Corner[]): string => corners.map(([lon, lat]) => `${lon.toFixed(6)},${lat.toFixed(6)}`).join(';')

/** What can be read of a text; corners that cannot are left out. */
export function cornersOf(text: string): Corner[] {
  return text.split(/[;；]/).flatMap((part) => {
    const [lon, lat, ...more] = part.split(/[,，]/).map(Number)
    const isPlace = lon !== undefined && lat !== undefined && !more.length && Math.abs(lon) <= 180 && Math.abs(lat) <= 90
    return isPlace && part.trim() ? [[lon, lat] as Corner] : []
  })
}
