/** Checks of a pair as sentences. Codes not known here (an engine's) are still shown, by their code. */
import { formatSpan } from '@/core/format'
import type { Reason } from '@/ui/ReasonList.vue'
import { say } from './say'

interface Check { code: string; verdict: Reason['kind']; params: Record<string, string | number | boolean | null> }
const WORST: Record<Reason['kind'], number> = { suspect: 2, doubt: 1, good: 0 }

function params(check: Check): Record<string, string | number> {
  const given = Object.fromEntries(Object.entries(check.params ?? {}).filter(([, value]) => typeof value === 'string' || typeof value === 'number')) as Record<string, string | number>
  if (typeof given.minutes === 'number') given.span = formatSpan(Math.abs(given.minutes) * 60_000)
  return { ...given, code: check.code }
}
export function reasonsOf(checks: readonly unknown[]): Reason[] {
  return (checks as Check[]).map((check) => ({
    kind: check.verdict,
    text: say.dynamic(`check.${check.code}.${check.verdict}`, say.dynamic(`check.other.${check.verdict}`, check.code, params(check)), params(check)),
  }))
}
export function worstOf(reasons: readonly Reason[]): Reason['kind'] | 'none' {
  return [...reasons].sort((a, b) => WORST[b.kind] - WORST[a.kind])[0]?.kind ?? 'none'
}
