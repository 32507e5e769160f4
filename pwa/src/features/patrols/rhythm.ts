/** A plan's rule in plain words, and plain words as a rule (RFC 5545). What was not made here is kept as it is. */
import { say } from './say'

export const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const
export type Day = (typeof DAYS)[number]
export const EVERY = ['daily', 'weekdays', 'weekly', 'monthly', 'timed', 'none'] as const
export interface Rhythm {
  every: (typeof EVERY)[number] | 'other'
  days: Day[]
  dates: number[]
  hours: number[]
  /** As it stands, where it says more than the choices here can. */
  rule: string
}
const WEEKDAYS = 'MO,TU,WE,TH,FR'

export function ruleOf(rhythm: Rhythm): string | null {
  switch (rhythm.every) {
    case 'none': return null
    case 'daily': return 'FREQ=DAILY'
    case 'weekdays': return `FREQ=WEEKLY;BYDAY=${WEEKDAYS}`
    case 'weekly': return `FREQ=WEEKLY;BYDAY=${DAYS.filter((day) => rhythm.days.includes(day)).join(',')}`
    case 'monthly': return `FREQ=MONTHLY;BYMONTHDAY=${[...rhythm.dates].sort((a, b) => a - b).join(',')}`
    case 'timed': return `FREQ=DAILY;BYHOUR=${[...rhythm.hours].sort((a, b) => a - b).join(',')};BYMINUTE=0;BYSECOND=0`
    default: return rhythm.rule
  }
}

export function rhythmOf(rule: string | null): Rhythm {
  const found: Rhythm = { every: 'other', days: ['WE'], dates: [10, 25], hours: [8, 13, 18], rule: rule ?? '' }
  if (rule === null) return { ...found, every: 'none' }
  const parts = new Map(rule.split(';').map((part) => part.split('=') as [string, string]))
  const only = (...names: string[]) => parts.size === names.length && names.every((name) => parts.has(name))
  const numbers = (name: string) => (parts.get(name) ?? '').split(',').map(Number)
  const freq = parts.get('FREQ')
  if (freq === 'DAILY' && only('FREQ')) return { ...found, every: 'daily' }
  if (freq === 'WEEKLY' && only('FREQ', 'BYDAY')) {
    const days = parts.get('BYDAY')!
    return days === WEEKDAYS ? { ...found, every: 'weekdays' } : { ...found, every: 'weekly', days: days.split(',') as Day[] }
  }
  if (freq === 'MONTHLY' && only('FREQ', 'BYMONTHDAY')) return { ...found, every: 'monthly', dates: numbers('BYMONTHDAY') }
  if (freq === 'DAILY' && parts.has('BYHOUR') && (parts.get('BYMINUTE') ?? '0') === '0' && [...parts.keys()].every((name) => ['FREQ', 'BYHOUR', 'BYMINUTE', 'BYSECOND'].includes(name)))
    return { ...found, every: 'timed', hours: numbers('BYHOUR') }
  return found
}

/** 每周三 · 每月 10、25 日 · 每天 8:00、13:00、18:00 */
export function sayRule(rule: string | null): string {
  const rhythm = rhythmOf(rule)
  const list = (words: string[]) => words.join(say('plan.and'))
  switch (rhythm.every) {
    case 'weekly': return say('plan.onDays', { days: list(rhythm.days.map((day) => say(`day.${day}`))) })
    case 'monthly': return say('plan.onDates', { dates: list(rhythm.dates.map((date) => (date < 0 ? say('plan.lastDay') : String(date)))) })
    case 'timed': return say('plan.atHours', { hours: list(rhythm.hours.map((hour) => `${hour}:00`)) })
    case 'other': {
      const nth = /^FREQ=MONTHLY;BYDAY=([1-4])([A-Z]{2})$/.exec(rule ?? '')
      return nth ? say('plan.nth', { n: nth[1]!, day: say(`day.${nth[2] as Day}`) }) : (rule ?? '')
    }
    default: return say(`every.${rhythm.every}`)
  }
}
