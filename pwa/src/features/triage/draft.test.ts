import { describe, expect, it } from 'vitest'
import { setTownZone } from '@/core/format'
import { draftOf, fromTownInput, lackOf, proposedDue, sendingOf, townInput } from './draft'

const HOUR = 3_600_000
const unit = { id: 'u1', zh: '汀兰物业', en: '' }
const filed = {
  nature: 'ordinary' as const, category: { code: 'ENV-01' }, requirement: '',
  sections: { proposal: { unit, why: 'point', person: { id: 'p1', name: '陈' }, due_at: '2026-08-13T01:31:00Z', nature: 'ordinary' } },
}

describe('the dispatch form', () => {
  it('begins with what the server proposes', () => {
    expect(draftOf(filed)).toMatchObject({ unitId: 'u1', personId: 'p1', category: 'ENV-01', nature: 'ordinary', dueAt: null, frontageId: null })
  })
  it('names a shop only where the dispatcher chose it (J09)', () => {
    const named = sendingOf({ ...draftOf(filed), frontageId: 's1' }, filed)
    expect([sendingOf(draftOf(filed), filed).body, named.body]).toMatchObject([{ frontage_id: null }, { frontage_id: 's1' }])
  })
  it('sends only what was changed, so that the server counts from the moment of dispatch', () => {
    const sending = sendingOf({ ...draftOf(filed), nature: 'urgent' }, filed)
    expect(sending).toMatchObject({ action: 'dispatch', body: { unit_id: 'u1', nature: 'urgent', category: null, due_at: null } })
  })
  it('escalates a difficult case, with a reason', () => {
    const draft = { ...draftOf(filed), nature: 'difficult' as const }
    expect(lackOf(draft)).toBe('reason')
    expect(lackOf({ ...draft, reason: '违建' })).toBeNull()
    expect(sendingOf({ ...draft, reason: ' 违建 ' }, filed)).toMatchObject({ action: 'escalate', body: { reason: '违建' } })
  })
  it('lacks a unit where none is proposed', () => {
    expect(lackOf(draftOf({ ...filed, sections: {} }))).toBe('unit')
  })
  it('counts the deadline as the server does', () => {
    const now = Date.parse('2026-08-12T00:00:00Z')
    expect(proposedDue('ordinary', 48, now + 72 * HOUR, now)).toBe(now + 48 * HOUR)
    expect(proposedDue('urgent', 48, now + 72 * HOUR, now)).toBe(now + 24 * HOUR)
    expect(proposedDue('ordinary', 48, now + 10 * HOUR, now)).toBe(now + 10 * HOUR)
    expect(proposedDue('ordinary', 48, now - HOUR, now)).toBe(now + 4 * HOUR)
  })
  it('reads and writes times as the town has them, wherever the desk stands', () => {
    setTownZone('Asia/Shanghai')
    expect(townInput('2026-08-12T01:31:00Z')).toBe('2026-08-12T09:31')
    expect(fromTownInput('2026-08-12T09:31')).toBe(Date.parse('2026-08-12T01:31:00Z'))
    expect(fromTownInput('')).toBeNull()
  })
})
