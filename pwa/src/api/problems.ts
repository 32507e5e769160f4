/** What an error says to a person: a title, what to do, and the code for the technicians. */
import { defineMessages } from '@/core/i18n'
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
    const detail = typeof error.members.detail === 'string' ? ` · ${error.members.detail}` : ''
    return {
      title: t.dynamic(`code.${error.code}`, t('unknown.title')),
      help: t('unknown.help'),
      details: `${error.status} ${error.code}${detail}`,
      offline: false,
    }
  }
  return { title: t('unknown.title'), help: t('unknown.help'), details: error instanceof Error ? error.message : String(error), offline: false }
}
