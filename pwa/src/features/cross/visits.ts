/** A checklist being filled in: each tap is on the disk at once; the visit is sent when the point is done. */
import { reactive } from 'vue'
import { snapshot, updateDraft, finish } from '@/core/outbox'
import { beginRecord } from '@/core/records'
import { offsetSeconds, type Fix } from '@/features/capture'

const BASE = '/api/cross/visits'
interface Given {
  item: string
  result: string
}
interface Draft {
  id: string
  body: Record<string, unknown> & { results: Given[] }
}

function positionOf(fix: Fix | null): Record<string, unknown> | null {
  return fix ? { lon: fix.lon, lat: fix.lat, accuracy_m: fix.accuracy_m, age_seconds: Math.max(0, Math.round((Date.now() - fix.at) / 1000)), crs: 'wgs84', source: 'gps' } : null
}

export function useVisits(assignmentId: string, standardVersion: () => string, page: string) {
  const drafts = reactive(new Map<string, Draft>())
  const beginning = new Map<string, Promise<Draft>>()
  let keeping = Promise.resolve()

  /** What a killed page left behind. */
  async function load(): Promise<void> {
    for (const item of (await snapshot()).items) {
      if (item.state !== 'draft' || !item.to?.path.startsWith(`${BASE}/`) || item.body.assignment_id !== assignmentId) continue
      drafts.set(String(item.body.point_id), { id: item.id, body: item.body as Draft['body'] })
    }
  }

  function begin(pointId: string, fix: Fix | null, label: string): Promise<Draft> {
    const known = drafts.get(pointId)
    if (known) return Promise.resolve(known)
    let job = beginning.get(pointId)
    if (!job) {
      const body = { assignment_id: assignmentId, point_id: pointId, arrived_at: new Date().toISOString(), clock_offset_seconds: offsetSeconds(), position: positionOf(fix), standard_version: standardVersion(), results: [] as Given[] }
      job = beginRecord(BASE, body, label, page).then(({ id }) => {
        drafts.set(pointId, { id, body })
        beginning.delete(pointId)
        return drafts.get(pointId)!
      })
      beginning.set(pointId, job)
    }
    return job
  }

  async function answer(pointId: string, item: string, result: string | null, fix: Fix | null, label: string): Promise<void> {
    const draft = await begin(pointId, fix, label)
    draft.body.results = [...draft.body.results.filter((one) => one.item !== item), ...(result ? [{ item, result }] : [])]
    const body = JSON.parse(JSON.stringify(draft.body)) as Record<string, unknown>
    keeping = keeping.catch(() => undefined).then(() => updateDraft(draft.id, body))
    await keeping
  }

  /** From here on the answers are the team's; they can only become graver. */
  async function done(pointId: string, fix: Fix | null, label: string, more: Record<string, unknown> = {}): Promise<void> {
    const draft = await begin(pointId, fix, label)
    await keeping.catch(() => undefined)
    const body = JSON.parse(JSON.stringify({ ...draft.body, left_at: new Date().toISOString(), ...more })) as Record<string, unknown>
    await finish(draft.id, body, label)
    drafts.delete(pointId)
  }

  const given = (pointId: string) => new Map(drafts.get(pointId)?.body.results.map((one) => [one.item, one.result]) ?? [])
  return { drafts, load, answer, done, given }
}
