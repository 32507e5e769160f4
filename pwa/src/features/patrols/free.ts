/** A walk that nobody planned, and places that walkers choose: what a round needs, from the lists this phone keeps anyway. */
import { call, type Schemas } from '@/api/call'
import type { PlacePoint } from '@/features/capture'
import type { Kit, Place, Slot, WalkBody } from './rounds'
import { say } from './say'

/** Stands for the slot of a walk without one, in addresses and on this phone only. */
export const FREE = 'free'
const FENCE_M = 50
const DAY_MS = 86_400_000

const named = (one: { name_zh: string; name_en: string }) => ({ zh: one.name_zh, en: one.name_en })

/** Checklists of every type of point, by the standard in force. */
export function checklistsOf(standards: Schemas['StandardsOut']): Kit['checklists'] {
  const items = new Map(standards.check_items.map((item) => [item.code, item]))
  const lines = (codes: readonly string[]) =>
    codes.flatMap((code) => {
      const item = items.get(code)
      return item ? [{ code, ...named(item), method: item.method, weight: 1, categories: item.category_codes }] : []
    })
  return Object.fromEntries(standards.point_types.map((type) => [type.code, lines(type.check_item_codes)]))
}

function freeSlot(now: number): Slot {
  return {
    id: FREE, plan: { id: FREE, code: '', zh: say('free.name'), en: say('free.name') }, kind: 'daily', level: null, mode: 'separate', visibility: 'open', state: 'due',
    local_on: '', starts_at: new Date(now).toISOString(), ends_at: new Date(now + DAY_MS).toISOString(), started_at: null, done_at: null, assignee: { kind: 'person', zh: '', en: '', role: null },
    needs_position: false, has_publicity: true, targets_total: 0, targets_done: 0, targets: [], patrol_ids: [],
  }
}

/** From the network, or from what the service worker keeps of it. */
export async function loadFree(signal?: AbortSignal): Promise<Kit> {
  const standards = await call('get', '/api/standards', { signal })
  return {
    slot: freeSlot(Date.now()), places: [], checklists: checklistsOf(standards), standard_version: standards.checklist_version, chooses: true,
    scale: standards.result_scale.map((one) => ({ code: one.code, ...named(one), share_percent: one.share_percent })),
    behaviours: standards.behaviours.map((one) => ({ code: one.code, ...named(one) })), publicity: standards.publicity_kinds.map((one) => ({ code: one.code, ...named(one) })),
  }
}

export function placeOf(point: PlacePoint): Place {
  return {
    id: point.id, place: 'point', code: point.code, ...named(point), type_code: point.type_code, is_key: point.is_key, is_strict: false, address: '', lon: point.lon, lat: point.lat,
    geometry: point.geometry as Place['geometry'], fence_m: Math.max(FENCE_M, point.buffer_m), grid: null, territory: null, open_issues: [],
  }
}

/** The same walk with one more stop; a place already on it stays where it is. */
export function withStop(body: WalkBody, place: Place): WalkBody {
  const { kit } = body.local
  if (kit.slot.targets.some((target) => target.id === place.id)) return body
  const slot = { ...kit.slot, targets: [...kit.slot.targets, { id: place.id, visited_at: null, last_round_at: null, look_backs: [] }] }
  return { ...body, local: { ...body.local, kit: { ...kit, slot, places: [...kit.places.filter((one) => one.id !== place.id), place] } } }
}
