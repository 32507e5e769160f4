/** What an error says to a person: a title, what to do, and the code for the technicians. */
import { defineMessages, type Params } from '@/core/i18n'
import { zh } from '@/core/i18n/zh/problems'
import { OfflineError, ProblemError } from './client'

const t = defineMessages(zh, async () => (await import('@/core/i18n/en/problems')).en)

export interface Said {
  title: string
  help: string
  /** Folded away under "给技术人员看". */
  details: string
  offline: boolean
}

export function sayProblem(error: unknown): Said {
  if (error instanceof OfflineError) {
    return { title: t('offline.title'), help: t('offline.help'), details: '', offline: true }
  }
  if (error instanceof ProblemError) {
    const { code, members } = error
    const guard = typeof members.guard === 'string' ? members.guard : ''
    const params = Object.fromEntries(Object.entries(members).filter(([, value]) => typeof value === 'string' || typeof value === 'number')) as Params
    const known = t.dynamic(`code.${code}`, '')
    const detail = typeof members.detail === 'string' ? ` · ${members.detail}` : ''
    return {
      title: (guard && t.dynamic(`guard.${guard}`, known, params)) || known || t('unknown.title'),
      // A refusal that says what is missing needs no "try again".
      help: known && error.status < 500 ? t('kept') : t('unknown.help'),
      details: `${error.status} ${code}${guard ? ` ${guard}` : ''}${detail}`,
      offline: false,
    }
  }
  return { title: t('unknown.title'), help: t('unknown.help'), details: error instanceof Error ? error.message : String(error), offline: false }
}
