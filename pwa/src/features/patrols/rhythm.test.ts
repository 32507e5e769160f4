import { describe, expect, it } from 'vitest'
import { rhythmOf, ruleOf, sayRule } from './rhythm'

describe('a rule in plain words', () => {
  it.each([
    ['FREQ=DAILY', '每天'], ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', '工作日'], ['FREQ=WEEKLY;BYDAY=WE', '每周三'], ['FREQ=MONTHLY;BYMONTHDAY=10,25', '每月 10、25 日'],
    ['FREQ=DAILY;BYHOUR=8,13,18;BYMINUTE=0;BYSECOND=0', '每天 8:00、13:00、18:00'], ['FREQ=MONTHLY;BYDAY=1SA', '每月第 1 个周六'], [null, '手工安排'],
  ])('says %s', (rule, words) => expect(sayRule(rule)).toBe(words))
  it.each(['FREQ=DAILY', 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', 'FREQ=WEEKLY;BYDAY=TU,FR', 'FREQ=MONTHLY;BYMONTHDAY=10,25', 'FREQ=DAILY;BYHOUR=8,13,18;BYMINUTE=0;BYSECOND=0', 'FREQ=MONTHLY;BYDAY=1SA', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO', null])(
    'keeps %s when nothing is changed', (rule) => expect(ruleOf(rhythmOf(rule))).toBe(rule))
  it('writes the days and hours in their order', () => {
    expect(ruleOf({ ...rhythmOf('FREQ=WEEKLY;BYDAY=FR'), days: ['FR', 'MO'] })).toBe('FREQ=WEEKLY;BYDAY=MO,FR')
    expect(ruleOf({ ...rhythmOf('FREQ=DAILY;BYHOUR=8'), hours: [18, 8] })).toContain('BYHOUR=8,18')
  })
})
