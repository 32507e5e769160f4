/** State of the triage desk: which list, which case, what is filled in, what is on its way. */
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, reactive, ref, shallowRef, watch } from 'vue'
import { call } from '@/api/call'
import { localName } from '@/core/i18n'
import { domain } from '@/core/i18n/domain'
import { useSession } from '@/core/session'
import { useDecisions } from '@/ui/decisions'
import { after, range, step } from '@/ui/queue'
import { dispatchAll, inOrder, listCases, loadCase, merge, numberOf, reject, sendDraft, type Case, type CaseRow, type Tab } from './cases'
import { draftOf, lackOf, type Draft } from './draft'
import { rememberWords } from './last-words'
import { say } from './say'
import type { Schemas } from '@/api/call'
import { ProblemError } from '@/api/client'

/** Heard of, not seen: somebody looks before a unit gets them. */
const LEADS = ['hotline', 'media', 'public', 'web']

export function useTriage() {
  const client = useQueryClient()
  const session = useSession()
  const tab = ref<Tab>('submitted')
  const q = ref('')
  const current = ref<string | null>(null)
  const selected = ref(new Set<string>())
  const anchor = ref<string | null>(null)
  const drafts = reactive(new Map<string, Draft>())
  /** Phones show one column: the list, or one case. */
  const reading = ref(false)

  const settled = () => {
    void client.invalidateQueries({ queryKey: ['issues'] })
  }
  const decisions = useDecisions(settled)
  const list = reactive(useQuery({ queryKey: ['issues', 'list', { desk: 'triage', tab, q }], queryFn: ({ signal }) => listCases(tab.value, q.value, signal), placeholderData: keepPreviousData }))
  const counts = useQuery({ queryKey: ['issues', 'counts'], queryFn: ({ signal }) => call('get', '/api/issues/counts', { signal }) })
  const targets = useQuery({ queryKey: ['units', 'list', 'targets'], queryFn: ({ signal }) => call('get', '/api/dispatch/targets', { signal }), staleTime: 300_000 })
  const standards = useQuery({ queryKey: ['standards'], queryFn: ({ signal }) => call('get', '/api/standards', { signal }), staleTime: 300_000 })
  const detail = reactive(useQuery({ queryKey: ['issues', 'detail', current], queryFn: ({ signal }) => loadCase(current.value as string, signal), enabled: computed(() => current.value !== null) }))

  const items = computed<CaseRow[]>(() => inOrder(list.data?.items ?? [], tab.value).filter((item) => !decisions.isGone(item)))
  const nearCount = computed(() => (tab.value === 'submitted' || tab.value === 'near' ? (list.data?.items ?? []).filter((item) => (item.near_count ?? 0) > 0 && !decisions.isGone(item)).length : lastNear.value))
  const lastNear = ref<number | null>(null)
  watch(nearCount, (n) => (lastNear.value = n))

  // The first case opens by itself; one that left the list makes room for its neighbour.
  const before = shallowRef<CaseRow[]>([])
  watch(items, (now) => {
    if (current.value === null || !now.some((item) => item.id === current.value)) {
      const old = before.value.findIndex((item) => item.id === current.value)
      const next = old < 0 ? now[0] : now[Math.min(old, now.length - 1)]
      if (current.value === null || !list.isPlaceholderData) current.value = next?.id ?? null
    }
    before.value = now
    selected.value = new Set([...selected.value].filter((id) => now.some((item) => item.id === id)))
  }, { immediate: true })
  watch(() => detail.data, (now) => {
    if (now && !drafts.has(now.id)) drafts.set(now.id, draftOf(now))
  }, { immediate: true })
  // The next case is there before it is asked for.
  watch(current, (id) => {
    const next = after(items.value, id)
    if (next) void client.prefetchQuery({ queryKey: ['issues', 'detail', next], queryFn: ({ signal }) => loadCase(next, signal) })
  })

  const item = computed<Case | null>(() => (detail.data && detail.data.id === current.value ? detail.data : null))
  const draft = computed({ get: () => (current.value ? drafts.get(current.value) : undefined), set: (next) => { if (next && current.value) drafts.set(current.value, next) } })
  const lack = computed(() => {
    const [it, d] = [item.value, draft.value]
    if (!it || !d) return say('pick')
    if (it.is_held) return say('missing.held')
    if (it.state !== 'submitted') return say('missing.state', { state: domain(`state.${it.state}`) })
    if (!it.allowed_actions.includes(d.nature === 'difficult' ? 'escalate' : 'dispatch'))
      return say(it.site_checks.some((check) => !check.done_at) ? 'missing.check' : LEADS.includes(it.source) && !it.site_checks.some((check) => check.is_confirmed) ? 'missing.lead' : 'missing.notYours')
    const missing = lackOf(d)
    return missing ? say(`missing.${missing}`) : ''
  })

  const go = (by: number) => (current.value = step(items.value, current.value, by))
  function open(id: string) {
    current.value = id
    reading.value = true
    document.getElementById('main')?.focus({ preventScroll: true })
  }
  function toggle(id: string, isRange = false) {
    const next = new Set(selected.value)
    if (isRange) range(items.value, anchor.value, id).forEach((one) => next.add(one))
    else if (!next.delete(id)) next.add(id)
    anchor.value = id
    selected.value = next
  }

  const label = (one: CaseRow) => [numberOf(one, say('noNumber')), localName(one.category)].join(' ')
  function decide(one: Case, text: string, send: () => Promise<void>) {
    const next = after(items.value, one.id)
    decisions.decide({ items: [one], text, label: label(one), send: () => send().catch(conflicted(one.id)), undo: () => open(one.id) })
    current.value = next
    if (!next) reading.value = false
  }
  /** Somebody was first: the filled-in form is kept, what is on the screen is the newest. */
  const conflicted = (id: string) => (error: unknown) => {
    if (error instanceof ProblemError && error.status === 409) void client.invalidateQueries({ queryKey: ['issues', 'detail', id] })
    throw error
  }

  function dispatch() {
    const [it, d] = [item.value, draft.value]
    if (!it || !d || lack.value) return
    const unit = localName(targets.data.value?.items.find((one) => one.id === d.unitId))
    rememberWords(session.me?.id ?? '', d.category, d.requirement)
    decide(it, say(d.nature === 'difficult' ? 'toast.escalated' : 'toast.dispatched', { no: numberOf(it, say('noNumber')), unit }), () => sendDraft(it, { ...d }))
  }
  const turnDown = (body: Schemas['RejectIn']) => item.value && decide(item.value, say('toast.rejected', { no: numberOf(item.value, say('noNumber')) }), ((it) => () => reject(it, body))(item.value))
  const mergeInto = (id: string, no: number | null, text = '') => item.value && decide(item.value, say('toast.merged', { no: numberOf(item.value, say('noNumber')), to: numberOf({ no }, say('noNumber')) }), ((it) => () => merge(it, id, text))(item.value))

  function dispatchSelected(unitId: string) {
    const rows = items.value.filter((row) => selected.value.has(row.id))
    const unit = localName(targets.data.value?.items.find((one) => one.id === unitId))
    selected.value = new Set()
    for (const row of rows)
      if (row.id === current.value) current.value = after(items.value.filter((one) => one.id === row.id || !rows.includes(one)), row.id)
    decisions.decide({ items: rows, label: say('selected', { n: rows.length }), text: say('toast.bulk', { n: rows.length, unit }), send: () => sendAll(rows, unitId), undo: () => (selected.value = new Set(rows.map((row) => row.id))) })
  }
  const failed = ref<{ row: CaseRow; error: ProblemError }[]>([])
  async function sendAll(rows: CaseRow[], unitId: string) {
    const { results } = await dispatchAll(rows, unitId)
    failed.value = results.flatMap((result) => {
      const row = rows.find((one) => one.id === result.id)
      return result.status === 200 || !row ? [] : [{ row, error: new ProblemError({ code: 'internal', ...result.problem, status: result.status }) }]
    })
    decisions.restore(failed.value.map(({ row }) => row.id))
  }

  return { tab, q, current, selected, reading, list, counts, targets, standards, detail, items, nearCount, item, draft, lack, failed, decisions, settled, label, go, open, toggle, dispatch, turnDown, mergeInto, dispatchSelected }
}
