/** One form for each step that may be taken on a case, as data. The server decides which of them are offered. */
import type { Schemas } from '@/api/call'
import { domain } from '@/core/i18n/domain'
import { fromInput, listOf, orNull, textOf, whenOf, type Field, type Option, type Values } from '@/ui/form/form'
import { say } from './say'

export type Case = Schemas['IssueOut']
export type Action = Schemas['Action']
export interface Lists { units: readonly Option[]; people: readonly Option[]; categories: readonly Option[]; points: readonly Option[] }
export interface Form {
  fields: (lists: Lists, values: Values) => Field[]
  start?: (issue: Case) => Values
  body: (values: Values, issue: Case) => Record<string, unknown>
  /** A photo must come with it, or may. */
  photos?: 'needed' | 'may'
  /** What has to be so before it can be sent; '' when all is well. */
  lists?: readonly ('people' | 'units' | 'categories' | 'points')[]
}

const coded = (group: 'reject' | 'bounce' | 'defer' | 'void' | 'return' | 'meeting' | 'ruling' | 'missed', codes: readonly string[]): Option[] => codes.map((code) => ({ value: code, label: say.dynamic(`code.${group}.${code}`, code) }))
const natures = (): Option[] => ['ordinary', 'urgent', 'difficult'].map((code) => ({ value: code, label: domain.dynamic(`nature.${code}`, code) }))
const SOURCES = ['snap', 'patrol', 'leader', 'department', 'video', 'third_party', 'district', 'hotline', 'media', 'public', 'web', 'cross', 'mirror'] as const
export const sources = (): Option[] => SOURCES.map((code) => ({ value: code, label: say.dynamic(`source.${code}`, code) }))

const area = (name: string, label: string, required = false, length = 500): Field => ({ name, label, kind: 'area', required, length })
const note = (): Field => area('note', say('f.note'))
const reason = (): Field => area('reason', say('f.reason'), true)
const time = (name: string, label: string, required = false): Field => ({ name, label, kind: 'time', required })
const choice = (name: string, label: string, options: readonly Option[], required = false): Field => ({ name, label, kind: 'select', options, required })
const unit = (lists: Lists, required = true) => choice('unit_id', say('f.unit'), lists.units, required)

const noted: Form = { fields: () => [note()], body: (v) => ({ note: textOf(v.note) }) }
const reasoned: Form = { fields: () => [reason()], body: (v) => ({ reason: textOf(v.reason) }) }
const nothing: Form = { fields: () => [], body: () => ({}) }

const dispatching = (lists: Lists): Field[] => [
  unit(lists), choice('person_id', say('f.person'), lists.people), choice('nature', say('f.nature'), natures()), time('due_at', say('f.due')),
  choice('category', say('f.category'), lists.categories), area('requirement', say('f.requirement'), false, 1000),
]
const dispatched = (v: Values, issue: Case) => ({
  unit_id: textOf(v.unit_id), person_id: orNull(v.person_id), due_at: whenOf(v.due_at), requirement: textOf(v.requirement),
  nature: textOf(v.nature) && v.nature !== issue.nature ? v.nature : null, category: textOf(v.category) && v.category !== issue.category.code ? v.category : null,
})
const dispatchStart = (issue: Case): Values => ({ unit_id: issue.unit?.id ?? '', nature: issue.nature, category: issue.category.code, requirement: issue.requirement })

/** Changed fields only. */
function corrected(v: Values, issue: Case): Record<string, unknown> {
  const body: Record<string, unknown> = { reason: textOf(v.reason) }
  if (v.category !== issue.category.code) body.category = v.category
  if (v.nature !== issue.nature) body.nature = v.nature
  if (textOf(v.description) !== issue.description) body.description = textOf(v.description)
  if (v.source !== issue.source) body.source = v.source
  if (textOf(v.external_ref) !== (issue.external_ref ?? '')) body.external_ref = textOf(v.external_ref)
  if ((v.point_id || '') !== (issue.point?.id ?? '')) Object.assign(body, v.point_id ? { point_id: v.point_id } : { no_point: true })
  return body
}

/** "6月1日前围挡 2026-06-01T18:00": a line a milestone. */
export function milestonesOf(text: string): { text: string; due_at: string }[] | null {
  const lines = text.split('\n').map((line) => line.trim()).filter(Boolean)
  const found = lines.map((line) => /^(\d{4}-\d{1,2}-\d{1,2})[ T](?:(\d{1,2}:\d{2})[ ])?(.+)$/.exec(line))
  if (found.some((one) => one === null)) return null
  return found.map((one) => {
    const [year, month, day] = one![1]!.split('-')
    return { text: one![3]!.trim(), due_at: fromInput(`${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}T${(one![2] ?? '18:00').padStart(5, '0')}`) ?? '' }
  })
}

const asked = (issue: Case): string => issue.approvals.find((one) => one.state === 'asked')?.kind ?? ''
const REQUESTS = ['extend', 'defer', 'void', 'escalate', 'close', 'reopen'] as const

export const FORMS: Partial<Record<Action, Form>> = {
  order_site_check: {
    lists: ['people'],
    fields: (lists) => [choice('assignee_id', say('f.checker'), lists.people, true), time('due_at', say('f.checkDue')), area('question', say('f.question'))],
    body: (v) => ({ assignee_id: textOf(v.assignee_id), due_at: whenOf(v.due_at), question: textOf(v.question) }),
  },
  answer_site_check: {
    photos: 'may',
    fields: () => [choice('is_confirmed', say('f.confirmed'), [{ value: 'yes', label: say('f.yes') }, { value: 'no', label: say('f.no') }], true), area('finding', say('f.finding'), true)],
    body: (v) => ({ is_confirmed: v.is_confirmed === 'yes', finding: textOf(v.finding) }),
  },
  correct: {
    lists: ['categories', 'points'],
    fields: (lists) => [
      choice('category', say('f.category'), lists.categories), choice('nature', say('f.nature'), natures()), choice('point_id', say('f.point'), lists.points),
      choice('source', say('f.source'), sources()), { name: 'external_ref', label: say('f.ref'), kind: 'text', length: 80 }, area('description', say('f.description'), false, 2000), reason(),
    ],
    start: (issue) => ({ category: issue.category.code, nature: issue.nature, point_id: issue.point?.id ?? '', source: issue.source, external_ref: issue.external_ref ?? '', description: issue.description }),
    body: corrected,
  },
  dispatch: { lists: ['units', 'people', 'categories'], fields: dispatching, start: dispatchStart, body: dispatched },
  reassign: { lists: ['units', 'people', 'categories'], fields: (lists) => [...dispatching(lists), reason()], start: dispatchStart, body: (v, issue) => ({ ...dispatched(v, issue), reason: textOf(v.reason) }) },
  reject: {
    fields: () => [choice('reason_code', say('f.why'), coded('reject', ['not_a_problem', 'not_ours', 'duplicate', 'unclear', 'already_fixed', 'false_report', 'other']), true), area('text', say('f.toReporter'))],
    body: (v) => ({ reason_code: v.reason_code, text: textOf(v.text) }),
  },
  appeal: { fields: () => [area('text', say('f.appeal'), true, 2000)], body: (v) => ({ text: textOf(v.text) }) },
  unmerge: reasoned,
  claim: nothing,
  bounce: {
    fields: () => [choice('reason_code', say('f.why'), coded('bounce', ['not_ours', 'wrong_place', 'wrong_category', 'already_done', 'not_a_problem', 'other']), true), note()],
    body: (v) => ({ reason_code: v.reason_code, note: textOf(v.note) }),
  },
  rule_bounce: { fields: () => [choice('ruling', say('f.ruling'), coded('ruling', ['founded', 'unfounded']), true), note()], body: (v) => ({ ruling: v.ruling, note: textOf(v.note) }) },
  assign: { lists: ['people'], fields: (lists) => [choice('person_id', say('f.person'), lists.people, true), note()], body: (v) => ({ person_id: textOf(v.person_id), note: textOf(v.note) }) },
  withdraw: noted,
  ask_extend: { fields: () => [time('until', say('f.until'), true), reason()], body: (v) => ({ until: whenOf(v.until), reason: textOf(v.reason) }) },
  ask_defer: {
    fields: () => [choice('reason_code', say('f.why'), coded('defer', ['works', 'season', 'property_right', 'other']), true), time('resume_at', say('f.resume'), true), area('safety_measure', say('f.safety'), true), reason()],
    body: (v) => ({ reason_code: v.reason_code, reason: textOf(v.reason), safety_measure: textOf(v.safety_measure), resume_at: whenOf(v.resume_at) }),
  },
  ask_escalate: reasoned,
  escalate: {
    lists: ['units'],
    fields: (lists) => [choice('meeting_kind', say('f.meetingKind'), coded('meeting', ['deliberation', 'coordination', 'consultation']), true), unit(lists, false), { name: 'helper_ids', label: say('f.helpers'), kind: 'many', options: lists.units }, reason()],
    start: (issue) => ({ meeting_kind: 'coordination', unit_id: issue.unit?.id ?? '', helper_ids: issue.helpers.map((one) => one.id) }),
    body: (v) => ({ reason: textOf(v.reason), meeting_kind: v.meeting_kind, unit_id: orNull(v.unit_id), helper_ids: listOf(v.helper_ids) }),
  },
  approve_plan: {
    lists: ['units'],
    fields: (lists) => [area('meeting', say('f.meeting'), true, 2000), unit(lists), time('final_due_at', say('f.final'), true), area('measures', say('f.measures'), true, 2000), { ...area('milestones', say('f.milestones'), false, 4000), hint: say('f.milestonesHint') }],
    start: (issue) => ({ unit_id: issue.unit?.id ?? '' }),
    body: (v) => ({ meeting: textOf(v.meeting), unit_id: textOf(v.unit_id), measures: textOf(v.measures), milestones: milestonesOf(textOf(v.milestones)) ?? [], final_due_at: whenOf(v.final_due_at) }),
  },
  extend: noted, defer: noted, void: noted, approve_close: noted, resume: nothing,
  refuse_request: {
    fields: () => [choice('kind', say('f.request'), REQUESTS.map((kind) => ({ value: kind, label: say.dynamic(`request.${kind}`, kind) })), true), area('note', say('f.refuseWhy'), true)],
    start: (issue) => ({ kind: asked(issue) }),
    body: (v) => ({ kind: v.kind, note: textOf(v.note) }),
  },
  ask_void: { fields: () => [choice('reason_code', say('f.why'), coded('void', ['duplicate', 'wrong', 'test', 'out_of_scope', 'other']), true), reason()], body: (v) => ({ reason_code: v.reason_code, reason: textOf(v.reason) }) },
  ask_reopen: reasoned, reopen: reasoned,
  return: {
    fields: () => [choice('reason_code', say('f.why'), coded('return', ['other_place', 'not_solved', 'unreadable', 'old_or_copied', 'wrong_issue', 'measure_unclear', 'other']), true), area('comment', say('f.comment'))],
    body: (v) => ({ reason_code: v.reason_code, comment: textOf(v.comment) }),
  },
  lookback_pass: { ...noted, photos: 'needed' },
  relapse: { ...noted, photos: 'needed' },
  lookback_not_done: { fields: () => [choice('reason_code', say('f.why'), coded('missed', ['no_access', 'shut', 'not_found', 'weather', 'other']), true), note()], body: (v) => ({ reason_code: v.reason_code, note: textOf(v.note) }) },
  not_fixed: { photos: 'may', fields: () => [area('text', say('f.notFixed'))], body: (v) => ({ text: textOf(v.text) }) },
  add_witness: { photos: 'may', fields: () => [area('text', say('f.witness'), false, 2000)], body: (v) => ({ text: textOf(v.text) }) },
}

/** Steps with a room of their own: photos are compared at the review desk, fixed on the phone. */
export const ELSEWHERE: Partial<Record<Action, string>> = { start_review: 'review', decide_pair: 'review', close: 'review', rectify: 'orders' }
/** Steps that cannot be taken back lightly: asked for in words, not in red. */
export const ORDER: readonly Action[] = [
  'approve_close', 'approve_plan', 'extend', 'defer', 'void', 'reopen', 'refuse_request', 'claim', 'dispatch', 'resume', 'start_review', 'close', 'rectify', 'return', 'answer_site_check', 'lookback_pass', 'relapse', 'lookback_not_done', 'rule_bounce',
  'reassign', 'assign', 'escalate', 'ask_extend', 'ask_defer', 'ask_escalate', 'withdraw', 'bounce', 'order_site_check', 'unmerge', 'correct', 'merge', 'reject', 'appeal', 'not_fixed', 'ask_reopen', 'ask_void', 'add_witness',
]

/** What the menu shows, most telling first; whatever has no form and no room here is left out. */
export function offered(issue: { allowed_actions: readonly Action[] }, hasRoute: (name: string) => boolean): Action[] {
  return ORDER.filter((action) => issue.allowed_actions.includes(action) && (FORMS[action] || action === 'merge' || hasRoute(ELSEWHERE[action] ?? '')))
}
