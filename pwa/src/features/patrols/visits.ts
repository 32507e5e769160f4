/** One look at a place, kept after every tap, and what is sent of it. */
import type { OutboxItem } from '@/core/outbox'
import type { Mine } from './rounds'

export type LookBackResult = 'passed' | 'relapsed' | 'not_done'
export interface VisitBody {
  patrol_id: string
  point_id: string | null
  grid_id: string | null
  arrived_at: string
  left_at: string | null
  position: { lon: number; lat: number; accuracy_m: number; crs: 'wgs84' } | null
  away_reason: string
  standard_version: string
  results: { item: string; result: string }[]
  all_fine: boolean
  note: string
  clock_offset_seconds: number | null
  local: {
    place: string
    /** Reports of this visit by checklist item; '' those without one. */
    findings: Record<string, string[]>
    /** For which item the camera was opened last. */
    asked: string
    looked: Record<string, LookBackResult>
  }
}

export function isVisit(item: OutboxItem): boolean {
  return item.kind === 'record' && (item.to?.path.startsWith('/api/visits/') ?? false)
}

export function openVisit(items: readonly OutboxItem[], patrolId: string, place: string): OutboxItem | null {
  return items.find((item) => isVisit(item) && item.state === 'draft' && item.body.patrol_id === patrolId && (item.body as unknown as VisitBody).local?.place === place) ?? null
}

/** Reports made during a visit, finished ones. */
export function findingsOf(items: readonly OutboxItem[], visitId: string): OutboxItem[] {
  return items.filter((item) => item.kind === 'report' && item.state !== 'draft' && item.body.visit_id === visitId)
}

/** New reports belong to the item whose camera was opened last. True: something was added. */
export function attribute(body: VisitBody, reports: readonly OutboxItem[]): boolean {
  const known = new Set(Object.values(body.local.findings).flat())
  const fresh = reports.filter((report) => !known.has(report.id))
  if (fresh.length) (body.local.findings[body.local.asked] ??= []).push(...fresh.map((report) => report.id))
  return fresh.length > 0
}

type Step = Mine['scale'][number]
/** The scale in the order of the drawing: best first, "not applicable" apart. */
export function stepsOf(scale: readonly Step[]): { steps: Step[]; none: Step | null } {
  const steps = scale.filter((step) => step.share_percent !== null).sort((a, b) => (b.share_percent ?? 0) - (a.share_percent ?? 0))
  return { steps, none: scale.find((step) => step.share_percent === null) ?? null }
}

/** The body that is sent, or kept as a draft, without what is only for this phone. */
export function sentOf(body: VisitBody, scale: readonly Step[], left: string): Record<string, unknown> {
  const { steps } = stepsOf(scale)
  const best = steps[0]?.code
  const fine = body.results.length > 0 && body.results.every((one) => one.result === best)
  return { ...body, left_at: left, all_fine: fine || body.all_fine, local: undefined }
}
