import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import { useSession, type Capability, type Me } from '@/core/session'
import { phoneEntries } from './nav'

const ROOMS = ['triage', 'review', 'cases', 'patrols', 'leader', 'cross', 'cross-rounds', 'duty', 'daily', 'documents', 'admin', 'account', 'home', 'orders', 'reports']
let router: Router

function as(role: string, ...capabilities: Capability[]) {
  const unit = { id: 'u', code: 'U', name_zh: '创文办', name_en: 'Office', kind: 'office' }
  useSession().enter({ id: 'p', capabilities, unit, town: null, roles: [{ id: 'h', role, unit, until_on: null }] } as unknown as Me)
  const { tabs, more } = phoneEntries(router)
  return { tabs: tabs.map((tab) => tab.route), more: more.map((room) => room.route) }
}

describe('the tabs of a phone', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
    router = createRouter({ history: createMemoryHistory(), routes: ROOMS.map((name) => ({ path: `/${name}`, name, component: {} })) })
  })

  it('are three for who patrols, fixes, or is on call', () => {
    expect(as('volunteer', 'may_report')).toEqual({ tabs: ['home', 'reports', 'account'], more: [] })
    expect(as('liaison', 'may_report', 'is_unit')).toEqual({ tabs: ['orders', 'reports', 'account'], more: [] })
    expect(as('cross_captain', 'may_report')).toEqual({ tabs: ['home', 'cross', 'reports', 'account'], more: [] })
  })

  it('bring the desks within reach of who works at one, and every other room behind one more', () => {
    const office = as('office_admin', 'may_report', 'may_triage', 'may_review', 'may_lead', 'may_configure')
    expect(office.tabs).toEqual(['triage', 'review', 'leader', 'account'])
    expect(office.more).toEqual(['home', 'reports', 'cases', 'patrols', 'cross-rounds', 'duty', 'daily', 'documents', 'admin'])
    expect(as('reviewer', 'may_report', 'may_review').tabs).toEqual(['review', 'home', 'reports', 'account'])
    expect(as('principal_leader', 'may_report', 'may_lead').tabs).toEqual(['leader', 'home', 'reports', 'account'])
  })
})
