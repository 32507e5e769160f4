/** How a document's figures are written: a value never without its fraction, a change only where both are known. */
import type { Schemas } from '@/api/call'
import { say } from './say'

export type Paper = Schemas['DocumentOut']
export type Figure = Schemas['Figure']
export const SERIES = ['bulletin', 'report', 'notice'] as const
export type Series = (typeof SERIES)[number]
/** What a table of units has room for. M03 and M05 stand beside M02, which is low by nature in a fresh period. */
export const COLUMNS = ['M01', 'M02', 'M03', 'M05'] as const

/** "95.6 %", "11.05", "—": as the server rounded it. */
export function shown(figure: Figure | undefined, kind: string): string {
  if (!figure || figure.value === null) return '—'
  if (kind === 'rate') return `${figure.value.toFixed(1)} %`
  return kind === 'per' ? figure.value.toFixed(2) : String(figure.value)
}

export function fraction(figure: Figure | undefined): string {
  return !figure || figure.d === null || figure.n === null ? '' : `${figure.n} / ${figure.d}`
}

/** "+3.2 个百分点", "−4", "0"; a dash where one of the two is one. */
export function changed(change: number | null | undefined, kind: string): string {
  if (change === null || change === undefined) return '—'
  const size = kind === 'rate' ? Math.abs(change).toFixed(1) : String(Math.abs(change))
  const signed = change > 0 ? `+${size}` : change < 0 ? `−${size}` : size
  return kind === 'rate' ? say('points', { n: signed }) : signed
}
