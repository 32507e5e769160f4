/** Which button is the one to press: by what the server allows, and by what this phone has already done and not yet sent. Pure. */
import type { OutboxItem } from '@/core/outbox'
import type { StateCode } from '@/core/i18n/domain'

export type Primary = 'claim' | 'rectify'
export type Secondary = 'bounce' | 'ask_extend' | 'ask_escalate' | 'ask_defer' | 'withdraw' | 'assign'
export interface Choice {
  primary: Primary | null
  /** The button left of the primary. */
  beside: Secondary | null
  /** Behind ⋯ */
  more: Secondary[]
}
const PRIMARY: readonly Primary[] = ['claim', 'rectify']
/** 退单 → 延期 → 申请协调: an extension is only possible before due, so the server takes it off the list by itself. */
const SECONDARY: readonly Secondary[] = ['bounce', 'ask_extend', 'ask_escalate', 'withdraw', 'ask_defer', 'assign']

export function choose(allowed: readonly string[], isOverdue: boolean): Choice {
  const primary = PRIMARY.find((action) => allowed.includes(action)) ?? null
  const others = SECONDARY.filter((action) => allowed.includes(action) && !(isOverdue && action === 'ask_extend'))
  // While one rectifies, sending back is the rare case: time comes first.
  const order = primary === 'rectify' ? others.filter((action) => action !== 'bounce') : others
  const beside = order.find((action) => action !== 'assign' && action !== 'ask_defer') ?? null
  return { primary, beside, more: others.filter((action) => action !== beside) }
}

const AFTER: Record<string, { state: StateCode | null; allowed: readonly string[] }> = {
  claim: { state: 'rectifying', allowed: ['rectify'] },
  rectify: { state: 'in_review', allowed: [] },
  bounce: { state: 'submitted', allowed: [] },
  withdraw: { state: 'rectifying', allowed: ['rectify'] },
}

/** State and actions as they will be once everything that waits here has been sent. */
export function expected(state: StateCode, allowed: readonly string[], waiting: readonly OutboxItem[]): { state: StateCode; allowed: readonly string[] } {
  return waiting.reduce((now, item) => {
    const action = String(item.body.action)
    const then = AFTER[action]
    if (then) return { state: then.state ?? now.state, allowed: then.allowed }
    return { state: now.state, allowed: now.allowed.filter((one) => one !== action) }
  }, { state, allowed })
}

export interface BeforePhoto {
  id: string
  kind: string
  round_no: number
  is_required: boolean
}
/** The before photos of the present round that each want an after photo. */
export function wanted<P extends BeforePhoto>(photos: readonly P[], roundNo: number): P[] {
  const befores = photos.filter((photo) => photo.kind === 'before' && photo.round_no === roundNo)
  const required = befores.filter((photo) => photo.is_required)
  return required.length ? required : befores
}
