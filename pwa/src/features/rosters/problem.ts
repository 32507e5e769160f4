/** Why a word of this phone was not taken, in words. */
import { ProblemError } from '@/api/client'
import { sayProblem } from '@/api/problems'
import type { OutboxItem } from '@/core/outbox'

export function sayProblemCode(item: OutboxItem): string {
  const code = item.parkedCode ?? 'invalid'
  return sayProblem(new ProblemError({ type: '', code, title: code, status: 409, ...item.parkedMembers })).title
}
