/** State of the review desk: which tab, which case, which pair, what is decided and on its way. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue'
import { call, type Schemas } from '@/api/call'
import { ProblemError } from '@/api/client'
import { localName } from '@/core/i18n'
import { domain } from '@/core/i18n/domain'
import { useSession } from '@/core/session'
import { useDecisions } from '@/ui/decisions'
import { after, step } from '@/ui/queue'
import { approveClose, listQueue, loadCase, numberOf, refuseClose, sendSteps, startReview, type Case, type DeskTab, type QueueItem, type Tab } from './cases'
import { closing, nextOpen, outcomeOf, returning, stateOf, whyNotClose, type Mark, type RefuseReason } from './plan'
import { say } from './say'

/** A glance is not a review: from here on the unit cannot withdraw. */
const OPENED_MS = 1000

export function useReview() {
  const client = useQueryClient()
  const session = useSession()
  const tab = ref<DeskTab>(session.may('may_review') || session.may('may_lead') ? 'eyes' : 'look_backs')
  const current = ref<string | null>(null)
  const pairAt = ref(0)
  const marks = reactive(new Map<string, Record<string, Mark | undefined>>())
  const overrides = reactive(new Map<string, string>())
  /** Own "opened" raises the version: what was seen before it is still what is being decided. */
  const opened = new Map<string, { from: number; to: Promise<number> }>()

  const settled = () => {
    void client.invalidateQueries({ queryKey: ['issues'] })
    void client.invalidateQueries({ queryKey: ['review'] })
  }
  const decisions = useDecisions(settled)
  // The cases of another tab are never shown under this one: a picture chosen for one of them would be lost.
  // Under "issues": what changes a case changes the queue, and live messages name the topic.
  const list = reactive(useQuery({ queryKey: ['issues', 'list', { desk: 'review', tab }], queryFn: ({ signal }) => listQueue(tab.value as Tab, signal), enabled: computed(() => tab.value !== 'sheet') }))
  const counts = useQuery({ queryKey: ['issues', 'counts', 'review'], queryFn: ({ signal }) => call('get', '/api/review/counts', { signal }) })
  const detail = reactive(useQuery({ queryKey: ['issues', 'detail', current], queryFn: ({ signal }) => loadCase(current.value as string, signal), enabled: computed(() => current.value !== null) }))

  const queue = computed<(QueueItem & { id: string })[]>(() => (tab.value === 'sheet' ? [] : (list.data?.items ?? [])).filter(({ issue }) => !decisions.isGone(issue)).map((entry) => ({ ...entry, id: entry.issue.id })))
  const before = shallowRef<{ id: string }[]>([])
  watch(queue, (now) => {
    if (!now.some(({ id }) => id === current.value)) {
      const old = before.value.findIndex(({ id }) => id === current.value)
      current.value = (old < 0 ? now[0] : now[Math.min(old, now.length - 1)])?.id ?? null
    }
    before.value = now
  }, { immediate: true })

  const item = computed<Case | null>(() => (detail.data && detail.data.id === current.value ? detail.data : null))
  const entry = computed(() => queue.value.find(({ id }) => id === current.value))
  const pairs = computed(() => item.value?.pairs.filter((pair) => pair.round_no === item.value?.round_no) ?? [])
  const pair = computed(() => pairs.value[Math.min(pairAt.value, pairs.value.length - 1)])
  const marked = computed(() => (current.value && marks.get(current.value)) || {})
  const override = computed({ get: () => (pair.value && overrides.get(pair.value.id)) ?? '', set: (text: string) => { if (pair.value) overrides.set(pair.value.id, text) } })
  const outcome = computed(() => outcomeOf(pairs.value, marked.value))
  /** This is the last pair that is still open. */
  const isLast = computed(() => pairs.value.filter((one) => stateOf(one, marked.value) === 'open' && one.id !== pair.value?.id).length === 0)
  const isSecond = computed(() => tab.value === 'second')

  const lack = computed(() => {
    const it = item.value
    if (!it) return say('why.pick')
    if (isSecond.value) {
      const asked = it.approvals.find((one) => one.kind === 'close' && one.state === 'asked')
      return it.allowed_actions.includes('approve_close') ? '' : say('why.notSecond', { role: domain.dynamic(`role.${asked?.needs_role ?? 'line_leader'}`, '') })
    }
    const why = whyNotClose(it, session.me?.id)
    if (why) return say(`why.${why}`, { state: domain(`state.${it.state}`) })
    if (outcome.value.kind === 'return') return ''
    if (pair.value && !pair.value.after_id) return say('why.noAfter')
    return pair.value?.is_suspect && stateOf(pair.value, marked.value) !== 'matched' && !override.value.trim() ? say('override.missing') : ''
  })

  // ---- opening ----
  let timer: ReturnType<typeof setTimeout> | undefined
  onScopeDispose(() => clearTimeout(timer))
  watch(current, (id) => {
    pairAt.value = 0
    const next = after(queue.value, id)
    if (next) void client.prefetchQuery({ queryKey: ['issues', 'detail', next], queryFn: ({ signal }) => loadCase(next, signal) }).then(() => preload(client.getQueryData<Case>(['issues', 'detail', next])))
  })
  watch(() => item.value?.id, (id) => {
    clearTimeout(timer)
    if (id) timer = setTimeout(() => item.value?.id === id && open(item.value), OPENED_MS)
  }, { immediate: true })
  function open(it: Case) {
    if (isSecond.value || it.review_started_at || opened.has(it.id) || !it.allowed_actions.includes('start_review')) return
    const answer = startReview(it.id, it.version)
    const to = answer.then((fresh) => {
      client.setQueryData<Case>(['issues', 'detail', it.id], (old) => old && { ...old, version: fresh.version, review_started_at: fresh.review_started_at, allowed_actions: fresh.allowed_actions, events: fresh.events })
      decisions.raise(it.id, fresh.version)
      return fresh.version
    })
    // Not opened for whatever reason: the decision itself will say what is wrong.
    opened.set(it.id, { from: it.version, to: to.catch(() => it.version) })
  }
  async function versionFor(it: Case): Promise<number> {
    const own = opened.get(it.id)
    return own?.from === it.version ? own.to : it.version
  }

  // ---- deciding ----
  const go = (by: number) => (current.value = step(queue.value, current.value, by))
  const label = (it: Case) => [numberOf(it, say('noNumber')), localName(it.category)].join(' ')
  function decide(it: Case, said: 'close' | 'sent' | 'return' | 'approve' | 'refuse', send: (version: number) => Promise<void>) {
    const next = after(queue.value, it.id)
    const kept = { ...marks.get(it.id) }
    decisions.decide({
      items: [it], label: label(it), text: say(`toast.${said}`, { no: numberOf(it, say('noNumber')) }),
      send: async () => send(await versionFor(it)).catch((error: unknown) => {
        if (error instanceof ProblemError && error.status === 409) void client.invalidateQueries({ queryKey: ['issues', 'detail', it.id] })
        throw error
      }),
      undo: () => {
        marks.set(it.id, kept)
        current.value = it.id
      },
    })
    current.value = next
    marks.delete(it.id)
  }
  function mark(next: Mark): void {
    const [it, one] = [item.value, pair.value]
    if (!it || !one) return
    marks.set(it.id, { ...marks.get(it.id), [one.id]: next })
    const open = nextOpen(pairs.value, marked.value, pairAt.value)
    if (open >= 0) pairAt.value = open
  }
  function finish() {
    const it = item.value
    const end = outcome.value
    if (!it || end.kind === 'open') return
    const [all, said] = [pairs.value, { ...marked.value }]
    if (end.kind === 'close') decide(it, it.nature === 'ordinary' ? 'close' : 'sent', (version) => sendSteps(it.id, version, closing(all, said)))
    else turnBack({ reason_code: end.reason, comment: '' })
  }
  /** Enter: this pair matches; with the last one the case is closed (or returned, where another was refused). */
  function pass() {
    const it = item.value
    if (!it || lack.value) return
    if (isSecond.value) return decide(it, 'approve', (version) => approveClose(it.id, version))
    if (pair.value && stateOf(pair.value, marked.value) === 'open') mark({ state: 'matched', override: override.value.trim() })
    finish()
  }
  function refuse(reason: RefuseReason) {
    if (!item.value?.allowed_actions.includes('return') || isSecond.value || !pair.value) return
    mark({ state: 'refused', reason })
    finish()
  }
  function turnBack(body: Schemas['ReturnIn']) {
    const it = item.value
    if (!it) return
    const [all, said] = [pairs.value, { ...marked.value }]
    decide(it, 'return', (version) => sendSteps(it.id, version, returning(all, said, body)))
  }
  function refuseSecond(note: string) {
    const it = item.value
    if (it) decide(it, 'refuse', (version) => refuseClose(it.id, version, note))
  }

  return { tab, current, pairAt, list, counts, detail, queue, entry, item, pairs, pair, marked, override, outcome, isLast, isSecond, lack, decisions, settled, label, go, pass, refuse, turnBack, refuseSecond }
}

/** The pictures of the next case are there before it is asked for. */
function preload(item: Case | undefined): void {
  for (const photo of item?.photos.filter((one) => item.pairs.some((pair) => pair.before_id === one.id || pair.after_id === one.id)) ?? [])
    if (photo.large_url) new Image().src = photo.large_url
}
