/** The town's map, loaded when first needed: grids and points on plain ground, or on the configured tiles. No innerHTML anywhere: Trusted Types hold. */
import 'leaflet/dist/leaflet.css'
import './map.css'
import { circle, divIcon, geoJSON, layerGroup, map as leafletMap, marker, tileLayer, type LatLngExpression, type LayerGroup, type Map as LeafletMap, type Marker, type Path } from 'leaflet'
import { api } from '@/api/client'
import { toGcj02 } from '@/core/gcj02'
import { localName } from '@/core/i18n'
import { say } from './say'

interface Source {
  url: string | null
  crs: 'wgs84' | 'gcj02' | 'bd09' | 'cgcs2000'
  attribution: string
  max_zoom: number
}
interface Grid {
  id: string
  code: string
  name_zh: string
  name_en: string
  geometry: GeoJSON.Geometry
}
type Place = (lon: number, lat: number) => [number, number]

export interface TownMap {
  leaflet: LeafletMap
  marks: LayerGroup
  put: Place
  /** Shows the phone's own place with its accuracy and goes there. */
  here: (lon: number, lat: number, accuracy: number) => void
  /** Colours the grids by the worst that is open in them; those not named are plain. */
  tint: (worst: ReadonlyMap<string, MarkKind>) => void
  /** Shows everything that was put on it. */
  fit: () => void
  remove: () => void
}
export type MarkKind = 'overdue' | 'urgent' | 'soon' | 'open' | 'review' | 'none'
/** A `place` is the point itself where photos are what counts: a small cross. */
export type SpotKind = MarkKind | 'place'
export interface Shape { type: string; coordinates: unknown }

function latLng(place: [number, number]): LatLngExpression {
  return [place[1], place[0]]
}

/** A shape with every position shifted to what the tiles show. */
function shifted<T>(coordinates: T, put: Place): T {
  const list = coordinates as unknown as unknown[]
  if (typeof list[0] === 'number') return put(list[0], list[1] as number) as unknown as T
  return list.map((one) => shifted(one, put)) as unknown as T
}

/** A control button of ours: text, not markup. */
function zoomButtons(town: LeafletMap, box: HTMLElement): void {
  const bar = document.createElement('div')
  bar.className = 'map-zoom'
  for (const [sign, label, by] of [['+', say('map.in'), 1], ['−', say('map.out'), -1]] as const) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = sign
    button.setAttribute('aria-label', label)
    button.addEventListener('click', (event) => {
      event.stopPropagation()
      town.setZoom(town.getZoom() + by)
    })
    bar.append(button)
  }
  box.append(bar)
}

/** The map in `box`. Grids are outlines without a fill. */
export async function createMap(box: HTMLElement, options: { grids?: boolean; labels?: boolean } = {}): Promise<TownMap> {
  const source = await api<Source>('GET', '/api/map').catch(() => null)
  const put: Place = source?.url && source.crs === 'gcj02' ? toGcj02 : (lon, lat) => [lon, lat]
  const town = leafletMap(box, { zoomControl: false, attributionControl: false, maxZoom: 19, zoomSnap: 0.1, center: [31.18, 120.13], zoom: 14 })
  zoomButtons(town, box)
  const marks = layerGroup().addTo(town)
  const grids = layerGroup().addTo(town)
  const all: [number, number][] = []
  const shapes = new Map<string, ReturnType<typeof geoJSON>>()
  if (source?.url) {
    tileLayer(source.url, { subdomains: '1234', maxZoom: source.max_zoom }).addTo(town)
    const note = document.createElement('p')
    note.className = 'map-note'
    note.textContent = source.attribution
    box.append(note)
  }
  if (options.grids) {
    const found = await api<{ items: Grid[] }>('GET', '/api/grids').catch(() => ({ items: [] }))
    for (const grid of found.items) {
      const geometry = grid.geometry as GeoJSON.Polygon
      const shape = geoJSON({ ...geometry, coordinates: shifted(geometry.coordinates, put) } as GeoJSON.Polygon, { interactive: false, style: { className: 'map-grid' } })
      shape.addTo(grids)
      shapes.set(grid.id, shape)
      const bounds = shape.getBounds()
      all.push([bounds.getWest(), bounds.getSouth()], [bounds.getEast(), bounds.getNorth()])
      if (options.labels) marker(bounds.getCenter(), { interactive: false, keyboard: false, icon: divIcon({ className: 'map-label', html: textOf(localName(grid)), iconSize: [0, 0] }) }).addTo(grids)
    }
  }
  const fit = () => {
    marks.eachLayer((layer) => {
      const at = (layer as Marker).getLatLng?.()
      if (at) all.push([at.lng, at.lat])
    })
    town.invalidateSize({ animate: false })
    if (all.length) town.fitBounds(all.map(([lon, lat]) => [lat, lon] as [number, number]), { padding: [16, 16], animate: false })
  }
  // A box that gets its size, or another one, after the map was made: without this it stays blank there.
  let sized = box.clientHeight > 0
  const watcher = new ResizeObserver(() => {
    town.invalidateSize({ animate: false })
    if (!sized && box.clientHeight > 0 && all.length) fit()
    sized ||= box.clientHeight > 0
  })
  watcher.observe(box)
  return {
    leaflet: town, marks, put, fit,
    tint(worst) {
      for (const [id, shape] of shapes)
        shape.eachLayer((layer) => ((layer as Path).getElement() as SVGElement | undefined)?.setAttribute('class', `map-grid leaflet-zoom-animated ${worst.get(id) ?? ''}`))
    },
    here(lon, lat, accuracy) {
      const at = latLng(put(lon, lat))
      circle(at, { radius: Math.max(accuracy, 5), className: 'map-here', interactive: false }).addTo(marks)
      town.setView(at, 17, { animate: false })
    },
    remove() {
      watcher.disconnect()
      town.remove()
    },
  }
}

/** Leaflet takes an element in place of markup: that way no string is ever parsed. */
function textOf(text: string): HTMLElement {
  const span = document.createElement('span')
  span.textContent = text
  return span
}

/** The outline of a point, under its mark. */
export function pointShape(town: TownMap, shape: Shape, kind: SpotKind, current = false) {
  const geometry = { ...shape, coordinates: shifted(shape.coordinates, town.put) } as unknown as GeoJSON.Geometry
  return geoJSON(geometry, { interactive: false, style: { className: `map-shape ${shape.type.endsWith('LineString') ? 'line ' : ''}${kind}${current ? ' on' : ''}` } }).addTo(town.marks)
}

/** A mark with shape and colour: solid triangle overdue, bolt urgent, diamond due soon, dot open, hollow ring nothing open. */
export function pointMarker(
  town: TownMap,
  options: { lon: number; lat: number; title: string; kind?: SpotKind; count?: number; shape?: Shape | null; current?: boolean; onClick?: () => void },
): Marker {
  const kind = options.kind ?? 'none'
  if (options.shape) pointShape(town, options.shape, kind, options.current)
  const inner = document.createElement('span')
  inner.className = `map-dot ${kind}${options.current ? ' on' : ''}`
  inner.textContent = options.count && kind !== 'urgent' && kind !== 'soon' ? String(options.count) : ''
  const pin = marker(latLng(town.put(options.lon, options.lat)), { title: options.title, alt: options.title, keyboard: Boolean(options.onClick), interactive: Boolean(options.onClick), icon: divIcon({ className: 'map-pin', html: inner, iconSize: [44, 44] }) })
  if (options.onClick) pin.on('click', options.onClick).on('keypress', (event) => (event as unknown as { originalEvent: KeyboardEvent }).originalEvent.key === 'Enter' && options.onClick?.())
  return pin.addTo(town.marks)
}
