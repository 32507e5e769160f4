/** A team's task as its phones see it: what the server had at the last look, and what this phone has added since. Pure. */
import type { Schemas } from '@/api/call'
import type { StateCode } from '@/core/i18n/domain'
import type { OutboxItem } from '@/core/outbox'

export interface Point {
  id: string
  code: string
  zh: string
  en: string
  type_code: string
  address: string
  lon: number
  lat: number
  geometry: unknown
  items: string[]
}
export interface Item {
  code: string
  zh: string
  en: string
  categories: string[]
}
export interface Result {
  code: string
  zh: string
  en: string
  /** Share of the item's weight; null: the item does not apply. */
  share: number | null
}
export interface Case {
  issue_id: string
  no: number | null
  state: StateCode
  point_id: string | null
  category: { code: string; zh: string; en: string }
  description: string
  found_at: string
  thumb_url: string | null
}
export interface Package {
  points: Point[]
  items: Item[]
  standard_version: string
  result_scale: Result[]
  open_issues: Case[]
  to_verify: (Case & { finding_id: string })[]
}
export type Task = Omit<Schemas['AssignmentOut'], 'package'> & { package: Package }
export type Kind = 'visit' | 'finding' | 'correction' | 'interview' | 'mirror' | 'rating' | 'lesson' | 'practice' | 'verification' | 'submission'
type Body = Record<string, unknown>
export interface Entry {
  id: string
  kind: Kind
  body: Body
  at: string
  /** parked: the server refused it; it stays on this phone until somebody looks. */
  state: 'sent' | 'waiting' | 'parked'
}
export interface Missing {
  code: string
  params: Record<string, unknown>
}
export const QUESTIONS = [1, 2, 3, 4, 5] as const
export type Question = (typeof QUESTIONS)[number]

const PATH = /^\/api\/cross\/(\w+)s\/([0-9a-f-]{36})$/

/** What an item of the outbox is to a task; null: nothing. */
export function kindOf(item: OutboxItem): Kind | null {
  return item.kind === 'record' ? ((PATH.exec(item.to?.path ?? '')?.[1] as Kind | undefined) ?? null) : null
}

/** Everything of a task, oldest first: the server's word where there is one, else this phone's. */
export function bookOf(task: Task, items: readonly OutboxItem[]): Entry[] {
  const told: Entry[] = task.records.map((one) => ({ id: one.id, kind: one.kind as Kind, body: one.body, at: one.received_at, state: 'sent' }))
  const known = new Set(told.map((one) => one.id))
  for (const item of items) {
    const kind = kindOf(item)
    if (!kind || item.state === 'draft' || known.has(item.id) || item.body.assignment_id !== task.id) continue
    told.push({ id: item.id, kind, body: item.body, at: new Date(item.createdAt).toISOString(), state: item.state === 'acked' ? 'sent' : item.state === 'parked' ? 'parked' : 'waiting' })
  }
  return told.sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

/** Parked things of the team are not with the office, whatever the phone shows. */
const of = (book: readonly Entry[], kind: Kind) => book.filter((one) => one.kind === kind && one.state !== 'parked')

/** item → the worst result given at the point; a second look cannot soften the first. */
export function answersAt(book: readonly Entry[], pointId: string, scale: readonly Result[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const visit of of(book, 'visit')) {
    if (visit.body.point_id !== pointId) continue
    for (const { item, result } of (visit.body.results ?? []) as { item: string; result: string }[]) {
      const before = found.get(item)
      if (before === undefined || isWorse(result, before, scale)) found.set(item, result)
    }
  }
  return found
}

/** Whether a result weighs less than another; "does not apply" is softer than all. */
export function isWorse(result: string, than: string, scale: readonly Result[]): boolean {
  const share = (code: string) => scale.find((one) => one.code === code)?.share ?? Infinity
  return share(result) < share(than)
}

export function excuseOf(book: readonly Entry[], pointId: string): string | null {
  const here = of(book, 'visit').filter((one) => one.body.point_id === pointId)
  if (here.some((one) => !one.body.excuse)) return null
  return (here[0]?.body.excuse as string | undefined) ?? null
}

export interface Progress {
  answered: number
  total: number
  excused: boolean
  done: boolean
}
export function progressAt(book: readonly Entry[], point: Point, scale: readonly Result[]): Progress {
  const given = answersAt(book, point.id, scale)
  const answered = point.items.filter((item) => given.has(item)).length
  const excused = excuseOf(book, point.id) !== null
  const seen = of(book, 'visit').some((one) => one.body.point_id === point.id && !one.body.excuse)
  return { answered, total: point.items.length, excused, done: excused || (seen && answered === point.items.length) }
}

export const findingsOf = (book: readonly Entry[]) => of(book, 'finding')

/** Categories found, each once, in the order of finding: what the mirror is held up to. */
export function categoriesFound(book: readonly Entry[]): string[] {
  return [...new Set(findingsOf(book).map((one) => one.body.category as string))]
}

const SATISFIED = new Set(['very_satisfied', 'satisfied', 'basically_satisfied'])
export interface Asked {
  asked: number
  good: number
  /** Somebody said that nobody was met, and nobody was asked. */
  notMet: boolean
  done: boolean
  text: string
}
export function askedOf(book: readonly Entry[], question: Question): Asked {
  const all = of(book, 'interview').filter((one) => one.body.question === question)
  const met = all.filter((one) => one.body.is_met !== false)
  const good = met.filter((one) => one.body.answer === 'yes' || SATISFIED.has(one.body.answer as string))
  return { asked: met.length, good: good.length, notMet: all.length > 0 && met.length === 0, done: all.length > 0, text: (met.at(-1)?.body.text as string | undefined) ?? '' }
}

/** The same list that the server refuses a signature with, so that it is known without a network. */
export function missingOf(task: Task, book: readonly Entry[], drafts: number): Missing[] {
  const scale = task.package.result_scale
  const found: Missing[] = []
  const add = (code: string, params: Record<string, unknown> = {}) => found.push({ code, params })
  for (const point of task.package.points) {
    if (excuseOf(book, point.id) !== null) continue
    const given = answersAt(book, point.id, scale)
    const seen = of(book, 'visit').some((one) => one.body.point_id === point.id)
    if (!seen) add('point_not_visited', { point_id: point.id })
    else for (const item of point.items) if (!given.has(item)) add('item_unanswered', { point_id: point.id, item })
  }
  for (const question of QUESTIONS) if (!askedOf(book, question).done) add('question_open', { question })
  const mirrored = new Set(of(book, 'mirror').map((one) => one.body.category))
  for (const category of categoriesFound(book)) if (!mirrored.has(category)) add('mirror_open', { category })
  const verified = new Set(of(book, 'verification').map((one) => one.body.finding_id))
  for (const { finding_id } of task.package.to_verify) if (!verified.has(finding_id)) add('verification_open', { finding_id })
  if (!of(book, 'rating').length) add('rating_missing')
  if (!of(book, 'lesson').length) add('lesson_missing')
  if (drafts) add('drafts_left', { count: drafts })
  return found
}

/** How many of each code, for one line: "五问 2 条 · 检查 12 项". */
export function counted(missing: readonly Missing[]): { code: string; n: number }[] {
  const order: string[] = []
  const sums = new Map<string, number>()
  for (const one of missing) {
    if (!sums.has(one.code)) order.push(one.code)
    sums.set(one.code, (sums.get(one.code) ?? 0) + (typeof one.params.count === 'number' ? one.params.count : 1))
  }
  return order.map((code) => ({ code, n: sums.get(code) ?? 0 }))
}
