/** Two languages, chosen at run time. Chinese travels with its feature; English is fetched when asked for. */
import { computed, ref, type Ref } from 'vue'

export type Lang = 'zh' | 'en'
export type Params = Record<string, string | number>
/** A tree of sentences. `{name}` is filled in; `one||other` picks the English plural by the parameter `n`. */
export type Messages = { readonly [key: string]: string | Messages }

type Key<T> = {
  [K in keyof T & string]: T[K] extends string ? K : `${K}.${Key<T[K]>}`
}[keyof T & string]

export type Translate<T> = {
  (key: Key<T>, params?: Params): string
  /** A key that comes from the server, with what to say when it is unknown here. */
  dynamic: (key: string, fallback?: string, params?: Params) => string
}

/** Same keys as Chinese, any sentence: what `en.ts satisfies SameKeys<typeof zh>` checks. */
export type SameKeys<T> = { [K in keyof T]: T[K] extends string ? string : SameKeys<T[K]> }

const lang = ref<Lang>('zh')
const pending = new Set<Promise<unknown>>()
const loaders = new Set<() => Promise<void>>()

function track(job: Promise<void>): Promise<void> {
  pending.add(job)
  return job.finally(() => pending.delete(job))
}

function lookup(tree: Messages | undefined, key: string): string | undefined {
  let node: string | Messages | undefined = tree
  for (const part of key.split('.')) {
    if (node === undefined || typeof node === 'string') return undefined
    node = node[part]
  }
  return typeof node === 'string' ? node : undefined
}

export function fill(sentence: string, params: Params = {}): string {
  const forms = sentence.split('||')
  const form = forms.length > 1 && Number(params.n) !== 1 ? forms[1] : forms[0]
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole))
}

/** Registers the sentences of one feature and returns its typed `t`. Call once per feature, at module level. */
export function defineMessages<T extends Messages>(zh: T, loadEn: () => Promise<SameKeys<T>>): Translate<T> {
  const en = ref<Messages>() as Ref<Messages | undefined>
  const load = async () => {
    if (lang.value === 'en' && !en.value) en.value = (await loadEn()) as unknown as Messages
  }
  loaders.add(load)
  if (lang.value === 'en') void track(load())

  const say = (key: string) => (lang.value === 'en' ? lookup(en.value, key) : undefined) ?? lookup(zh, key)
  const t = ((key: string, params?: Params) => fill(say(key) ?? key, params)) as Translate<T>
  t.dynamic = (key, fallback, params) => {
    const sentence = say(key)
    return sentence === undefined ? (fallback ?? key) : fill(sentence, params)
  }
  return t
}

/** Resolves when every sentence asked for so far has arrived; the router waits for it before it shows a page. */
export async function messagesReady(): Promise<void> {
  while (pending.size > 0) await Promise.allSettled([...pending])
}

export async function setLang(next: Lang): Promise<void> {
  if (next === 'en') {
    const before = lang.value
    lang.value = 'en'
    await Promise.all([...loaders].map((load) => track(load()))).catch((cause: unknown) => {
      lang.value = before
      throw cause
    })
  } else {
    lang.value = 'zh'
  }
  document.documentElement.lang = next === 'en' ? 'en' : 'zh-CN'
}

export const currentLang = computed(() => lang.value)

/** A thing with a name in both languages, as the server writes it. */
export interface Named {
  zh?: string | null
  en?: string | null
  name_zh?: string | null
  name_en?: string | null
}

/** What it is called in the language of the screen; Chinese where it has no English name. */
export function localName(thing: Named | null | undefined): string {
  if (!thing) return ''
  const zh = thing.zh ?? thing.name_zh ?? ''
  return lang.value === 'en' ? thing.en || thing.name_en || zh : zh
}
