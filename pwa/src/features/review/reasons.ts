/** Checks of a pair as sentences. Codes not known here (an engine's) are still shown, by their code. */
import { formatSpan } from '@/core/format'
import type { Reason } from '@/ui/ReasonList.vue'
import { say } from './say'

interface Check { code: string; verdict: Reason['kind']; params: Record<string, unknown> }
const WORST: Record<Reason['kind'], number> = { suspect: 2, doubt: 1, good: 0 }

function params(check: Check): Record<string, string | number> {
  const given = Object.fromEntries(Object.entries(check.params ?? {}).filter(([, value]) => typeof value === 'string' || typeof value === 'number')) as Record<string, string | number>
  if (typeof given.minutes === 'number') given.span = formatSpan(Math.abs(given.minutes) * 60_000)
  const { parts, photo } = check.params ?? {}
  if (Array.isArray(parts)) given.parts = parts.map((part) => say.dynamic(`part.${part}`, String(part))).join(say('and'))
  if (typeof photo === 'string') given.photo = say.dynamic(`whole.${photo}`, photo)
  return { ...given, code: check.code }
}
/** How well the after photo was laid over the before photo; said under the picture, not among the reasons. */
export function alignmentOf(checks: readonly unknown[]): string {
  const check = (checks as Check[]).find(({ code }) => code === 'aligned')
  return check ? say('aligned', params(check)) : ''
}
/** The headline: a suspect picture first, then the place, then what is known without looking. */
export function headlineOf(pair: { is_suspect: boolean; verdict: string | null; checks: readonly unknown[] }): string {
  if (pair.is_suspect) return say('verdict.suspect')
  const isChanged = (pair.checks as Check[]).some((check) => check.code === 'changed' && check.verdict === 'good')
  if (pair.verdict === 'same') return say(isChanged ? 'verdict.sameChanged' : 'verdict.same')
  if (pair.verdict === 'different') return say('verdict.different')
  return pair.verdict === 'unsure' ? say('verdict.unsure') : say(`verdict.${worstOf(reasonsOf(pair.checks))}`)
}
export function reasonsOf(checks: readonly unknown[]): Reason[] {
  return (checks as Check[]).filter(({ code }) => code !== 'aligned').map((check) => ({
    kind: check.verdict,
    text: say.dynamic(`check.${check.code}.${check.verdict}`, say.dynamic(`check.other.${check.verdict}`, check.code, params(check)), params(check)),
  }))
}
export function worstOf(reasons: readonly Reason[]): Reason['kind'] | 'none' {
  return [...reasons].sort((a, b) => WORST[b.kind] - WORST[a.kind])[0]?.kind ?? 'none'
}
