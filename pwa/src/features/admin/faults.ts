/** What an import says of a cell, in words; codes of other problems keep their own sentences. */
import { ProblemError } from '@/api/client'
import { sayProblem } from '@/api/problems'
import { say } from './say'

export function sayFault(code: string): string {
  const own = say.dynamic(`fault.${code}`, '')
  if (own) return own
  if (code.startsWith('geometry-')) return say('fault.not-a-geometry')
  return `${sayProblem(new ProblemError({ code, status: 422 })).title} (${code})`
}
