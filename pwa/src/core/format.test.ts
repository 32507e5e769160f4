// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest'
import { formatAgo, formatClock, formatDateTime, formatDay, formatDayTitle, formatDistance, formatLeft, formatList, formatNearDay, formatPercent, formatSpan, formatTime, setTownZone } from './format'
import { setLang } from './i18n'

const now = '2021-08-12T01:14:00Z' // 9:14 in Shanghai
const h = 3_600_000
const plus = (ms: number) => Date.parse(now) + ms

describe('times in the town zone', () => {
  afterEach(async () => {
    setTownZone('Asia/Shanghai')
    await setLang('zh')
  })

  it('says today, tomorrow and yesterday by the calendar of the town, not by 24 hours', () => {
    expect(formatTime(now, now)).toBe('今天 9:14')
    expect(formatTime(plus(24 * h), now)).toBe('明天 9:14')
    expect(formatTime('2021-08-11T16:30:00Z', now)).toBe('今天 0:30')
    expect(formatTime('2021-08-11T15:59:00Z', now)).toBe('昨天 23:59')
    expect(formatTime('2021-08-15T01:14:00Z', now)).toBe('8月15日 9:14')
  })

  it('names the year only when it is another one', () => {
    expect(formatDateTime('2020-12-31T23:00:00Z', now)).toBe('1月1日 7:00')
    expect(formatDateTime('2020-06-01T01:00:00Z', now)).toBe('2020年6月1日 9:00')
  })

  it('writes the title of the home screen', () => {
    expect(formatDayTitle(now)).toMatch(/8月12日 周四$/)
  })

  it('follows another zone', () => {
    setTownZone('Europe/Berlin')
    expect(formatClock(now)).toBe('3:14')
  })

  it('speaks English', async () => {
    await setLang('en')
    expect(formatTime(plus(24 * h), now)).toBe('tomorrow 9:14')
    expect(formatDateTime(now, now)).toBe('12 Aug 9:14')
    expect(formatLeft(plus(9 * h + 5 * 60_000), now)).toBe('9 h 05 min left')
    expect(formatLeft(plus(-(5 * h + 12 * 60_000)), now)).toBe('5 h 12 min overdue')
    expect(formatAgo(plus(-60_000), now)).toBe('1 minute ago')
    expect(formatAgo(plus(-120_000), now)).toBe('2 minutes ago')
  })
})

it('shows a day of the calendar as it is, east and west of Greenwich', () => {
  for (const zone of ['Asia/Shanghai', 'Etc/GMT+9']) {
    setTownZone(zone)
    expect(formatDay('2026-11-22', '2026-11-22T12:00:00Z')).toBe('11月22日')
  }
  setTownZone('Asia/Shanghai')
})
it('lists names as each language does, without those that are not known', async () => {
  expect(formatList(['兰溪', null, '荷塘', ''])).toBe('兰溪、荷塘')
  await setLang('en')
  expect(formatList(['Lanxi', 'Hetang'])).toBe('Lanxi, Hetang')
  await setLang('zh')
})

describe('spans', () => {
  it('counts what is left and what has passed', () => {
    expect(formatLeft(plus(47 * h), now)).toBe('还剩 47 小时 00 分')
    expect(formatLeft(plus(9 * h + 5 * 60_000), now)).toBe('还剩 9 小时 05 分')
    expect(formatLeft(plus(-(5 * h + 12 * 60_000)), now)).toBe('已超期 5 小时 12 分')
    expect(formatLeft(plus(42_000), now)).toBe('还剩 42 秒')
  })

  it('shortens for narrow columns', () => {
    expect(formatSpan(52 * h)).toBe('2天4小时')
    expect(formatSpan(48 * h)).toBe('2天')
    expect(formatSpan(-22 * h)).toBe('22小时')
    expect(formatSpan(40 * 60_000)).toBe('40分钟')
  })

  it('says how long ago', () => {
    expect(formatAgo(plus(-8 * 60_000), now)).toBe('8 分钟前')
    expect(formatAgo(plus(-2 * h), now)).toBe('2 小时前')
    expect(formatNearDay(plus(-24 * h), now)).toBe('昨天')
  })

  it('writes distances and rates', () => {
    expect(formatDistance(119.6)).toBe('120 米')
    expect(formatDistance(1400)).toBe('1.4 公里')
    expect(formatPercent(592, 611)).toBe('96.9')
    expect(formatPercent(0, 0)).toBe('—')
  })
})
