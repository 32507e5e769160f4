/** The own task on this phone: fetched at the reveal, kept for the stairwell, written to only through the outbox. */
import { useQuery } from '@tanstack/vue-query'
import { computed, reactive, watch, type Ref } from 'vue'
import { call } from '@/api/call'
import { useOutbox } from '@/core/use-outbox'
import { sendNoted, type NotedShot } from '@/features/capture'
import { MINE } from './keys'
import { bookOf, kindOf, missingOf, type Kind, type Task } from './model'

/** Pictures of cases that are laid beside what is found: fetched at once, because later there may be no network. */
const MOST_THUMBS = 120

async function keepThumbs(tasks: readonly Task[]): Promise<void> {
  const urls = tasks.flatMap(({ package: kept, thumbs }) => [...[...kept.to_verify, ...kept.open_issues].map((one) => one.thumb_url), ...Object.values(thumbs ?? {})]).filter((url) => url !== null)
  for (const url of urls.slice(0, MOST_THUMBS)) await fetch(url).catch(() => undefined)
}

export async function loadMine(signal?: AbortSignal): Promise<Task[]> {
  const { items } = await call('get', '/api/cross/mine', { signal })
  const tasks = items as unknown as Task[]
  if (navigator.onLine) void keepThumbs(tasks)
  return tasks
}

/** All tasks of this person. `everyMs`: asked again so often, while the page is in front. */
export function useMine(everyMs: number | false = false) {
  return reactive(useQuery({ queryKey: MINE, queryFn: ({ signal }) => loadMine(signal), refetchInterval: everyMs, staleTime: 15_000 }))
}

/** One task with everything sent or waiting. */
export function useTask(id: Ref<string>) {
  const q = useMine()
  const outbox = useOutbox()
  const task = computed(() => q.data?.find((one) => one.id === id.value) ?? null)
  const items = computed(() => outbox.value?.items.filter((item) => kindOf(item) && item.body.assignment_id === id.value) ?? [])
  const book = computed(() => (task.value ? bookOf(task.value, items.value) : []))
  const left = (isVisit: boolean) => items.value.filter((item) => item.state === 'draft' && (kindOf(item) === 'visit') === isVisit && (isVisit || item.photos.length > 0)).length
  const drafts = computed(() => left(true) + left(false))
  const waiting = computed(() => items.value.filter((item) => item.state === 'queued' || item.state === 'sending').length)
  const parked = computed(() => items.value.filter((item) => item.state === 'parked'))
  // A checklist begun is told as its point; only where all points are done is one more a draft of its own.
  const missing = computed(() => {
    if (!task.value) return []
    const told = missingOf(task.value, book.value, left(false))
    return told.some((one) => 'point_id' in one.params) ? told : missingOf(task.value, book.value, drafts.value)
  })
  const submitted = computed(() => task.value?.submitted_at != null || book.value.some((one) => one.kind === 'submission' && one.state !== 'parked'))
  // What has arrived is told by the server from now on; the phone lets go of it some day.
  watch(() => items.value.filter((item) => item.state === 'acked').length, (now, before) => now > before && void q.refetch())

  /** One record into the outbox; resolves when it is on this phone. */
  function send(kind: Kind, body: Record<string, unknown>, label: string, shots: readonly NotedShot[] = []): Promise<string> {
    return sendNoted(`/api/cross/${kind}s`, { assignment_id: id.value, ...body }, label, shots)
  }
  return reactive({ q, task, book, drafts, waiting, parked, missing, submitted, send })
}
export type TaskView = ReturnType<typeof useTask>
