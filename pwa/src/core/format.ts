/** How times, spans and distances are said. All times are shown in the town's zone, whatever the phone's. */
import { serverNow } from './clock'
import { currentLang, defineMessages } from './i18n'
import { zh } from './i18n/zh/format'

const t = defineMessages(zh, async () => (await import('./i18n/en/format')).en)
export type Instant = string | number | Date

/** Hours ahead of UTC of zones without summer time: plain arithmetic. Browsers take tens of milliseconds to make a formatter. */
const FIXED_HOURS: Record<string, number | undefined> = { 'Asia/Shanghai': 8 }
let zone = 'Asia/Shanghai'
let parts: Intl.DateTimeFormat | null = null

export function setTownZone(next: string): void {
  if (next !== zone) parts = null
  zone = next
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const WEEKDAYS = { zh: ['周日', '周一', '周二', '周三', '周四', '周五', '周六'], en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] }

interface TownTime { year: number; month: number; day: number; hour: number; minute: string; dayNumber: number }

/** 2026-11-22: a day of the calendar, the same in every zone. */
const DAY = /^(\d{4})-(\d\d)-(\d\d)$/

function wallClock(at: Instant): Omit<TownTime, 'dayNumber'> {
  const day = typeof at === 'string' ? DAY.exec(at) : null
  if (day) return { year: Number(day[1]), month: Number(day[2]), day: Number(day[3]), hour: 0, minute: '00' }
  const hours = FIXED_HOURS[zone]
  if (hours !== undefined) {
    const there = new Date(Number(new Date(at)) + hours * 3_600_000)
    return { year: there.getUTCFullYear(), month: there.getUTCMonth() + 1, day: there.getUTCDate(), hour: there.getUTCHours(), minute: String(there.getUTCMinutes()).padStart(2, '0') }
  }
  parts ??= new Intl.DateTimeFormat('en-US', { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: '2-digit', hourCycle: 'h23', timeZone: zone })
  const found: Record<string, string> = {}
  for (const part of parts.formatToParts(new Date(at))) found[part.type] = part.value
  return { year: Number(found.year), month: Number(found.month), day: Number(found.day), hour: Number(found.hour), minute: found.minute! }
}

export function townTime(at: Instant): TownTime {
  const wall = wallClock(at)
  return { ...wall, dayNumber: Date.UTC(wall.year, wall.month - 1, wall.day) / 86_400_000 }
}

/** 9:14 */
export function formatClock(at: Instant): string {
  const town = townTime(at)
  return `${town.hour}:${town.minute}`
}

/** Names one after the other. */
export function formatList(names: readonly (string | null | undefined)[]): string {
  return names.filter(Boolean).join(currentLang.value === 'en' ? ', ' : '、')
}

/** 单位：全部 · Unit: all */
export function formatPair(name: string, value: string): string {
  return `${name}${currentLang.value === 'en' ? ': ' : '：'}${value}`
}

/** 8月12日 · 12 Aug; with the year when it is not this one. */
export function formatDay(at: Instant, now: Instant = serverNow()): string {
  const town = townTime(at)
  const sameYear = town.year === townTime(now).year
  if (currentLang.value === 'en') return `${town.day} ${MONTHS[town.month - 1]}${sameYear ? '' : ` ${town.year}`}`
  return `${sameYear ? '' : `${town.year}年`}${town.month}月${town.day}日`
}

/** 8月12日 周四 · Thu 12 Aug: the title of the home screen. */
export function formatDayTitle(at: Instant): string {
  const weekday = WEEKDAYS[currentLang.value][new Date(townTime(at).dayNumber * 86_400_000).getUTCDay()]
  return currentLang.value === 'en' ? `${weekday} ${formatDay(at)}` : `${formatDay(at)} ${weekday}`
}

/** 8月12日 9:14, always the full date: documents, meta data. */
export function formatDateTime(at: Instant, now?: Instant): string {
  return `${formatDay(at, now)} ${formatClock(at)}`
}

/** 明天 9:31, 今天 9:14, else the full date. */
export function formatTime(at: Instant, now: Instant = serverNow()): string {
  const days = townTime(at).dayNumber - townTime(now).dayNumber
  const time = formatClock(at)
  if (days === 0) return t('today', { time })
  if (days === 1) return t('tomorrow', { time })
  if (days === -1) return t('yesterday', { time })
  return formatDateTime(at, now)
}

/** 今天, 昨天, 8月10日: the meta line of a list row. */
export function formatNearDay(at: Instant, now: Instant = serverNow()): string {
  const days = townTime(at).dayNumber - townTime(now).dayNumber
  if (days === 0) return t('justToday')
  return days === -1 ? t('justYesterday') : formatDay(at, now)
}

/** 8 分钟前, 2 小时前, from a day on the time itself. */
export function formatAgo(at: Instant, now: Instant = serverNow()): string {
  const minutes = Math.floor((Number(new Date(now)) - Number(new Date(at))) / 60_000)
  if (minutes < 1) return t('now')
  if (minutes < 60) return t('minutesAgo', { n: minutes })
  if (minutes < 24 * 60) return t('hoursAgo', { n: Math.floor(minutes / 60) })
  return formatTime(at, now)
}

export interface Left { over: boolean; days: number; hours: number; minutes: number; seconds: number; ms: number }

/** What is left until `due`; `over` when it has passed, then the span since. */
export function timeLeft(due: Instant, now: Instant = serverNow()): Left {
  const ms = Number(new Date(due)) - Number(new Date(now))
  const span = Math.abs(ms)
  const minutes = Math.floor(span / 60_000)
  const whole = { hours: Math.floor(minutes / 60), minutes: minutes % 60, seconds: Math.floor((span % 60_000) / 1000) }
  return { over: ms < 0, days: Math.floor(whole.hours / 24), ...whole, ms }
}

function longSpan(left: Left): string {
  if (left.hours > 0) return t('hm', { h: left.hours, mm: String(left.minutes).padStart(2, '0') })
  return left.minutes > 0 ? t('minutes', { m: left.minutes }) : t('seconds', { s: left.seconds })
}

/** 还剩 9 小时 05 分 · 已超期 5 小时 12 分 */
export function formatLeft(due: Instant, now: Instant = serverNow()): string {
  const left = timeLeft(due, now)
  return t(left.over ? 'over' : 'left', { span: longSpan(left) })
}

/** 2天4小时, 22小时, 40分钟: for narrow columns. */
export function formatSpan(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / 60_000)
  const hours = Math.floor(minutes / 60)
  if (hours === 0) return t('shortMinutes', { m: minutes })
  if (hours < 24) return t('hours', { h: hours })
  const rest = hours % 24
  return rest === 0 ? t('days', { d: hours / 24 }) : t('dayHour', { d: Math.floor(hours / 24), h: rest })
}

/** 120 米, 1.4 公里 */
export function formatDistance(metres: number): string {
  if (metres < 1000) return t('metres', { m: Math.round(metres) })
  return t('kilometres', { km: (metres / 1000).toFixed(1) })
}

/** ±8 米 */
export function formatAccuracy(metres: number): string {
  return t('accuracy', { m: Math.round(metres) })
}

/** 2.1 MB */
export function formatBytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** 592 / 611 */
export function formatRatio(n: number, d: number): string {
  return `${n} / ${d}`
}

/** 96.9, or a dash when there is nothing to divide by. */
export function formatPercent(n: number, d: number): string {
  return d === 0 ? '—' : ((100 * n) / d).toFixed(1)
}
