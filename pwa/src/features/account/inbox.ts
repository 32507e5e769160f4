/** Where a message leads: the reporter to the report, the unit to the order, the office to the case. Pure. */
import type { RouteLocationRaw } from 'vue-router'

const OF_REPORTER = /^report_/

export function placeOf(row: { kind: string; issue_id: string | null; params?: Record<string, unknown> }, isUnit: boolean, has: (route: string) => boolean): RouteLocationRaw | null {
  if (row.params?.sheet && has('daily-sheet')) return { name: 'daily-sheet', params: { id: String(row.params.sheet) } }
  if (row.params?.document && has('document')) return { name: 'document', params: { id: String(row.params.document) } }
  if (row.params?.call_out && has('call-outs')) return { name: 'call-outs' }
  if (!row.issue_id) return null
  const order: RouteLocationRaw = { name: 'order', params: { id: row.issue_id } }
  const report: RouteLocationRaw = { name: 'report', params: { id: row.issue_id }, query: { case: '1' } }
  if (OF_REPORTER.test(row.kind)) return report
  if (isUnit) return order
  return has('case') ? { name: 'case', params: { id: row.issue_id } } : report
}
