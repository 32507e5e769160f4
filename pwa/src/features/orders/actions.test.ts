import { describe, expect, it } from 'vitest'
import type { OutboxItem } from '@/core/outbox'
import { choose, expected, wanted } from './actions'

const waits = (action: string) => ({ body: { action } }) as unknown as OutboxItem

describe('the one primary action', () => {
  it('is to claim, with sending back beside it', () => {
    expect(choose(['bounce', 'claim', 'assign'], false)).toEqual({ primary: 'claim', beside: 'bounce', more: ['assign'] })
  })
  it('is then the after photo, with more time beside it and the rest behind the dots', () => {
    expect(choose(['rectify', 'ask_extend', 'ask_defer', 'ask_escalate', 'bounce'], false)).toEqual({ primary: 'rectify', beside: 'ask_extend', more: ['bounce', 'ask_escalate', 'ask_defer'] })
  })
  it('offers help instead of time once the order is overdue', () => {
    expect(choose(['rectify', 'ask_extend', 'ask_escalate'], true).beside).toBe('ask_escalate')
  })
  it('is nothing while the case is in review, but it can be taken back', () => {
    expect(choose(['withdraw', 'comment'], false)).toEqual({ primary: null, beside: 'withdraw', more: [] })
  })
})

describe('what is expected while deeds wait for the network', () => {
  it('lets a claimed order be fixed at once', () => {
    expect(expected('dispatched', ['claim', 'bounce'], [waits('claim')])).toEqual({ state: 'rectifying', allowed: ['rectify'] })
  })
  it('shows a submitted fix as in review, with nothing to do', () => {
    expect(expected('dispatched', ['claim'], [waits('claim'), waits('rectify')])).toEqual({ state: 'in_review', allowed: [] })
  })
  it('takes a request off the list once it was made', () => {
    expect(expected('rectifying', ['rectify', 'ask_extend'], [waits('ask_extend')])).toEqual({ state: 'rectifying', allowed: ['rectify'] })
  })
})

describe('photos that want an after photo', () => {
  it('are the required before photos of this round, else all of it', () => {
    const photo = (id: string, round_no: number, is_required: boolean, kind = 'before') => ({ id, kind, round_no, is_required })
    expect(wanted([photo('a', 1, true), photo('b', 1, false), photo('c', 0, true), photo('d', 1, true, 'after')], 1).map((one) => one.id)).toEqual(['a'])
    expect(wanted([photo('a', 1, false), photo('b', 1, false)], 1)).toHaveLength(2)
  })
})
