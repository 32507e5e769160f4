import type { SameKeys } from '..'
import type { zh } from '../zh/format'

export const en = {
  today: 'today {time}',
  tomorrow: 'tomorrow {time}',
  yesterday: 'yesterday {time}',
  justToday: 'today',
  justYesterday: 'yesterday',
  left: '{span} left',
  over: '{span} overdue',
  hm: '{h} h {mm} min',
  minutes: '{m} min',
  seconds: '{s} s',
  dayHour: '{d} d {h} h',
  days: '{d} d',
  hours: '{h} h',
  shortMinutes: '{m} min',
  now: 'just now',
  minutesAgo: '{n} minute ago||{n} minutes ago',
  hoursAgo: '{n} hour ago||{n} hours ago',
  metres: '{m} m',
  kilometres: '{km} km',
  accuracy: '±{m} m',
} satisfies SameKeys<typeof zh>
