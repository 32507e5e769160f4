/** Shifts in words. */
import type { Schemas } from '@/api/call'
import { formatClock, formatList, formatTime } from '@/core/format'
import { localName } from '@/core/i18n'
import { say } from './say'

type Placed = Pick<Schemas['MyShift'], 'point' | 'grid' | 'at_unit' | 'is_around'>
/** At the point, around it, in the grid, at the unit. */
export const placeOf = (shift: Placed): string => {
  const name = localName(shift.point ?? shift.grid ?? shift.at_unit)
  return shift.is_around ? `${name} · ${say('around')}` : name
}
type Timed = { starts_at: string; ends_at: string }
export const hoursOf = (shift: Timed): string => say('at', { from: formatClock(shift.starts_at), to: formatClock(shift.ends_at) })
/** With the day where it is not today. */
export const whenOf = (shift: Timed): string => say('at', { from: formatTime(shift.starts_at), to: formatClock(shift.ends_at) })
export const dutiesOf = (duties: readonly string[]): string => formatList(duties.map((one) => say.dynamic(`duty.${one}`, one)))
