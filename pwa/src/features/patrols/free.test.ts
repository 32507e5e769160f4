/** A walk nobody planned: its lists, and places chosen on the way. */
import { expect, it } from 'vitest'
import type { Schemas } from '@/api/call'
import { checklistsOf, placeOf, withStop } from './free'
import { stopsOf, type WalkBody } from './rounds'

it('knows the checklist of every type of point', () => {
  const standards = { check_items: [{ code: 'A', name_zh: '甲', name_en: 'a', method: 'look', category_codes: ['ENV-01'] }], point_types: [{ code: 'RES', check_item_codes: ['A', 'gone'] }, { code: 'BUS', check_item_codes: [] }] }
  expect(checklistsOf(standards as unknown as Schemas['StandardsOut'])).toEqual({ RES: [{ code: 'A', zh: '甲', en: 'a', method: 'look', weight: 1, categories: ['ENV-01'] }], BUS: [] })
})

it('adds a place as the next stop, once', () => {
  const place = placeOf({ id: 'p', code: 'K01', type_code: 'RES', name_zh: '兰溪苑', name_en: 'Lanxi', is_key: true, lon: 120, lat: 31, buffer_m: 5, geometry: null })
  expect(place.fence_m).toBe(50)
  const empty = { local: { kit: { slot: { targets: [] }, places: [] }, looked: {} } } as unknown as WalkBody
  const { local } = withStop(withStop(empty, place), place)
  expect(stopsOf(local.kit.slot, local.kit.places, {}).map((stop) => [stop.place.id, stop.state])).toEqual([['p', 'next']])
})
