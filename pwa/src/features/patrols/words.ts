/** Sentences made of a round's facts. */
import { serverNow } from '@/core/clock'
import { formatClock, formatDay, townTime } from '@/core/format'
import { domain } from '@/core/i18n/domain'
import { localName } from '@/core/i18n'
import type { Slot as MySlot } from './rounds'
import { say } from './say'

type Slot = Pick<MySlot, 'starts_at' | 'ends_at' | 'assignee'>

const DAY_MS = 86_400_000

/** When it is to be walked: 8:00–10:00, or the whole day. */
export function windowOf(slot: Slot): string {
  const [from, to] = [townTime(slot.starts_at), townTime(Date.parse(slot.ends_at) - 1000)]
  if (Date.parse(slot.ends_at) - Date.parse(slot.starts_at) > DAY_MS) return say('window.days', { from: formatDay(slot.starts_at), to: formatDay(Date.parse(slot.ends_at) - 1000) })
  if (from.hour === 0 && to.hour === 23) return from.dayNumber === townTime(serverNow()).dayNumber ? say('window.day') : say('window.wholeDay', { day: formatDay(slot.starts_at) })
  return say('window.hours', { from: formatClock(slot.starts_at), to: formatClock(slot.ends_at) })
}

/** Whose round it is. */
export function whoOf(slot: Slot): string {
  const { role } = slot.assignee
  return [localName(slot.assignee), role ? domain.dynamic(`role.${role}`, role) : ''].filter(Boolean).join(' · ')
}
