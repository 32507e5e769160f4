/** The bodies of what a unit asks for. Pure: null means something is still missing. */
import type { Secondary } from './actions'

export interface Form {
  code: string
  text: string
  extra: string
  at: string
  person: string
}
export const EMPTY: Form = { code: '', text: '', extra: '', at: '', person: '' }

/** The field of a date and time holds the phone's local time. */
function instant(local: string): string | null {
  const at = new Date(local)
  return local && !Number.isNaN(at.getTime()) ? at.toISOString() : null
}

export function bodyOf(action: Secondary, form: Form): Record<string, unknown> | null {
  const text = form.text.trim()
  const at = instant(form.at)
  switch (action) {
    case 'bounce':
      return form.code ? { reason_code: form.code, note: text } : null
    case 'ask_extend':
      return text && at ? { until: at, reason: text } : null
    case 'ask_defer':
      return form.code && text && form.extra.trim() && at ? { reason_code: form.code, reason: text, safety_measure: form.extra.trim(), resume_at: at } : null
    case 'ask_escalate':
      return text ? { reason: text } : null
    case 'withdraw':
      return { note: text }
    case 'assign':
      return form.person ? { person_id: form.person, note: text } : null
  }
}

export function isPast(form: Form, now = Date.now()): boolean {
  const at = instant(form.at)
  return at !== null && Date.parse(at) <= now
}
