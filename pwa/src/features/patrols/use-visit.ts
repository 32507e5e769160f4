/** The visit on the screen: read from the phone, changed by taps, written after each. */
import { computed, onMounted, ref, watch } from 'vue'
import { ahead, commandBody } from '@/core/commands'
import { metresTo, type Shape } from '@/core/geometry'
import { localName } from '@/core/i18n'
import * as outbox from '@/core/outbox'
import type { OutboxItem } from '@/core/outbox'
import { usePrefs } from '@/core/prefs'
import { photoBody, preparePhoto, usePosition } from '@/features/capture'
import { isInside, walksOf, type Slot, type Walk } from './rounds'
import { attribute, findingsOf, stepsOf, type LookBackResult, type VisitBody } from './visits'
import { endVisit, fixBody, keepVisit } from './walking'

type Back = Slot['targets'][number]['look_backs'][number]
const ACTION = { passed: 'lookback_pass', relapsed: 'relapse', not_done: 'lookback_not_done' } as const

export function useVisit(id: string) {
  const state = ref<'loading' | 'open' | 'gone'>('loading')
  const body = ref<VisitBody | null>(null)
  const walk = ref<Walk | null>(null)
  const found = ref<OutboxItem[]>([])
  const failure = ref<unknown>(null)
  const busy = ref('')
  const position = usePosition()
  let item: OutboxItem | null = null
  let writing = Promise.resolve()

  const kit = computed(() => walk.value?.body.local.kit ?? null)
  const place = computed(() => kit.value?.places.find((one) => one.id === body.value?.local.place) ?? null)
  const target = computed(() => kit.value?.slot.targets.find((one) => one.id === place.value?.id) ?? null)
  const lines = computed(() => (place.value?.type_code ? (kit.value?.checklists[place.value.type_code] ?? []) : []))

  onMounted(async () => {
    try {
      item = await outbox.lastDraft('record', (one) => one.id === id)
      const { items } = await outbox.snapshot()
      const told = item?.body as unknown as VisitBody | undefined
      walk.value = walksOf(items).find((one) => one.id === told?.patrol_id) ?? null
      found.value = findingsOf(items, id)
      if (!told || !walk.value) return void (state.value = 'gone')
      body.value = told
      if (attribute(body.value, found.value)) await keep()
      state.value = 'open'
    } catch (error) {
      failure.value = error
      state.value = 'gone'
    }
  })

  /** Writes one after the other, so that the last word stays. */
  function keep(): Promise<void> {
    writing = writing.then(() => (body.value ? keepVisit(id, body.value) : undefined)).catch((error: unknown) => void (failure.value = error))
    return writing
  }

  const here = computed(() => (position.value.state === 'fixed' ? position.value.fix : null))
  const fix = computed(() => body.value?.position ?? here.value)
  const metres = computed(() => (fix.value && place.value ? metresTo({ ...place.value, geometry: place.value.geometry as Shape | null }, fix.value.lon, fix.value.lat) : null))
  const accuracy = computed(() => fix.value?.accuracy_m ?? null)
  const where = computed<'locating' | 'inside' | 'away'>(() => {
    if (metres.value !== null && place.value && isInside(metres.value, accuracy.value ?? 0, place.value.fence_m)) return 'inside'
    return position.value.state === 'locating' ? 'locating' : 'away'
  })
  // The first fix within the fence is the check-in; nothing after it is written down.
  watch([where, () => state.value], () => {
    if (state.value !== 'open' || !body.value || body.value.position || where.value !== 'inside' || !here.value) return
    body.value.position = fixBody(here.value)
    void keep()
  }, { immediate: true })

  async function answer(code: string, result: string): Promise<void> {
    if (!body.value) return
    const rest = body.value.results.filter((one) => one.item !== code)
    const same = body.value.results.some((one) => one.item === code && one.result === result)
    body.value.results = same && !body.value.local.findings[code]?.length ? rest : [...rest, { item: code, result }]
    await keep()
  }
  /** Everything not yet answered is fine. Returns what was there, for taking it back. */
  async function allFine(): Promise<VisitBody['results']> {
    const before = (body.value?.results ?? []).map((one) => ({ ...one }))
    const best = stepsOf(kit.value?.scale ?? []).steps[0]?.code
    if (body.value && best) {
      const told = new Set(before.map((one) => one.item))
      body.value.results = [...before, ...lines.value.filter((line) => !told.has(line.code)).map((line) => ({ item: line.code, result: best }))]
      await keep()
    }
    return before
  }
  async function restore(results: VisitBody['results']): Promise<void> {
    if (body.value) body.value.results = results
    await keep()
  }
  async function ask(code: string): Promise<void> {
    if (body.value) body.value.local.asked = code
    await keep()
  }
  function away(reason: string): void {
    if (body.value) body.value.away_reason = reason
    void keep()
  }
  function note(text: string): void {
    if (body.value) body.value.note = text.trim()
    void keep()
  }

  /** A command with a photo of now, through the outbox like any other. */
  async function lookBack(back: Back, result: LookBackResult, file: File | null, reason: string): Promise<void> {
    const { issue } = back
    busy.value = issue.id
    failure.value = null
    try {
      const label = localName(issue.category)
      const { items } = await outbox.snapshot()
      const waiting = ahead(items, issue)
      const draft = await outbox.beginDraft('command', commandBody(ACTION[result], issue, {}, waiting), label)
      const said = file ? { photos: [await photoOf(draft.id, file)] } : { reason_code: reason }
      await outbox.finish(draft.id, commandBody(ACTION[result], issue, said, waiting), label)
      if (body.value) body.value.local.looked[issue.id] = result
      await keep()
    } catch (error) {
      failure.value = error
    } finally {
      busy.value = ''
    }
  }
  async function photoOf(draftId: string, file: File): Promise<Record<string, unknown>> {
    const { bytes, type } = await preparePhoto(file, usePrefs().originals)
    const photoId = await outbox.addPhoto(draftId, 'after', bytes, type)
    const at = here.value
    const said = photoBody({ id: photoId, role: 'after', captured_at: new Date().toISOString(), lon: at?.lon ?? null, lat: at?.lat ?? null, accuracy_m: at?.accuracy_m ?? null, capture: 'camera' })
    delete said.role
    return said
  }

  async function finish(): Promise<boolean> {
    if (!item || !body.value || !walk.value) return false
    busy.value = 'finish'
    try {
      await writing
      const at = here.value
      if (!body.value.position && at) body.value.position = fixBody(at)
      await endVisit(item, body.value, walk.value, found.value.length)
      return true
    } catch (error) {
      failure.value = error
      return false
    } finally {
      busy.value = ''
    }
  }

  return { state, body, walk, kit, place, target, lines, found, where, metres, accuracy, failure, busy, answer, allFine, restore, ask, away, note, lookBack, finish }
}
