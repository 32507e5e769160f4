import { describe, expect, it } from 'vitest'
import { closing, nextOpen, outcomeOf, returning, whyNotClose, type Mark, type Pair } from './plan'

const pair = (id: string, more: Partial<Pair> = {}): Pair => ({ id, state: 'proposed', is_suspect: false, after_id: `${id}-after`, override_reason: '', reason_code: null, ...more })
const yes: Mark = { state: 'matched', override: '' }
const [a, b] = [pair('a'), pair('b')]

describe('deciding pairs', () => {
  it('closes a case with one key when its last pair matches', () => {
    expect(outcomeOf([a, b], { a: yes })).toEqual({ kind: 'open' })
    expect(nextOpen([a, b], { a: yes }, 0)).toBe(1)
    expect(outcomeOf([a, b], { a: yes, b: yes })).toEqual({ kind: 'close' })
    expect(closing([a, b], { a: yes, b: yes })).toEqual([{ action: 'close', body: { match: ['a', 'b'], override_reason: '', comment: '' } }])
  })
  it('returns it where a pair was refused, with that reason, and keeps what matched', () => {
    const marks = { a: yes, b: { state: 'refused', reason: 'not_solved' } as Mark }
    expect(outcomeOf([a, b], marks)).toEqual({ kind: 'return', reason: 'not_solved' })
    const steps = returning([a, b], marks, { reason_code: 'not_solved', comment: '' })
    expect(steps.map((step) => step.action)).toEqual(['decide_pair', 'decide_pair', 'return'])
    expect(steps[1]!.body).toMatchObject({ pair_id: 'b', decision: 'refused', reason_code: 'not_solved' })
  })
  it('sends the reason with which a suspect pair passed', () => {
    const odd = pair('s', { is_suspect: true })
    expect(closing([odd], { s: { state: 'matched', override: '门牌对得上' } })).toEqual([{ action: 'close', body: { match: ['s'], override_reason: '门牌对得上', comment: '' } }])
    const two = closing([a, odd], { a: yes, s: { state: 'matched', override: '门牌' } })
    expect(two[0]).toMatchObject({ action: 'decide_pair', body: { pair_id: 's', override_reason: '门牌' } })
    expect(two[1]).toMatchObject({ action: 'close', body: { match: ['a'] } })
  })
  it('does not decide again what the server holds', () => {
    const done = pair('d', { state: 'matched' })
    expect(outcomeOf([done], {})).toEqual({ kind: 'close' })
    expect(closing([done], {})).toEqual([{ action: 'close', body: { match: [], override_reason: '', comment: '' } }])
  })
})

describe('four eyes', () => {
  const item = { state: 'in_review', nature: 'ordinary', allowed_actions: [] as string[], dispatcher: { id: 'me' }, fixer: { id: 'x' }, approvals: [], site_checks: [] }
  it('says why the button is off', () => {
    expect(whyNotClose({ ...item, allowed_actions: ['close'] }, 'me')).toBeNull()
    expect(whyNotClose(item, 'me')).toBe('dispatcher')
    expect(whyNotClose({ ...item, fixer: { id: 'me' } }, 'me')).toBe('fixer')
    expect(whyNotClose(item, 'other')).toBe('notYours')
    expect(whyNotClose({ ...item, approvals: [{ kind: 'close', state: 'asked' }] }, 'me')).toBe('asked')
    expect(whyNotClose({ ...item, state: 'closed' }, 'me')).toBe('state')
  })
})
