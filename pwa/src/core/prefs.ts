/** What one person set on this device: language, theme, text size, hand, single-key shortcuts. */
import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import { setLang, type Lang } from './i18n'

export type Theme = 'auto' | 'light' | 'dark'
export interface Prefs {
  lang: Lang
  theme: Theme
  text: 'normal' | 'large'
  hand: 'right' | 'left'
  keys: boolean
  originals: boolean
}

const STORE = 'xf.prefs'
const DEFAULTS: Prefs = { lang: 'zh', theme: 'auto', text: 'normal', hand: 'right', keys: true, originals: false }

function read(): Prefs {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(STORE) ?? '{}') as Partial<Prefs>) }
  } catch {
    return { ...DEFAULTS }
  }
}

function write(prefs: Prefs): void {
  try {
    localStorage.setItem(STORE, JSON.stringify(prefs))
  } catch {
    // A browser without storage forgets the settings; nothing else depends on them.
  }
}

export const usePrefs = defineStore('prefs', () => {
  const saved = read()
  const lang = ref(saved.lang)
  const theme = ref(saved.theme)
  const text = ref(saved.text)
  const hand = ref(saved.hand)
  const keys = ref(saved.keys)
  const originals = ref(saved.originals)
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const paper = matchMedia('print')

  function paint() {
    const root = document.documentElement
    // Paper is white: printers leave the dark ground out, and light ink would be left.
    root.dataset.theme = !paper.matches && (theme.value === 'dark' || (theme.value === 'auto' && dark.matches)) ? 'dark' : 'light'
    if (text.value === 'large') root.dataset.text = 'large'
    else delete root.dataset.text
    root.dataset.hand = hand.value
    const ground = getComputedStyle(root).getPropertyValue('--ground').trim()
    if (ground) document.querySelector('meta[name=theme-color]')?.setAttribute('content', ground)
  }

  /** Applies everything and waits for the language; called once before the app is mounted. */
  async function start(): Promise<void> {
    paint()
    dark.addEventListener('change', paint)
    paper.addEventListener('change', paint)
    watch([theme, text, hand], paint)
    watch([lang, theme, text, hand, keys, originals], () =>
      write({ lang: lang.value, theme: theme.value, text: text.value, hand: hand.value, keys: keys.value, originals: originals.value }),
    )
    // An English page that was never fetched and no network: Chinese is better than nothing.
    if (lang.value === 'en') await setLang('en').catch(() => undefined)
  }

  async function chooseLang(next: Lang): Promise<void> {
    await setLang(next)
    lang.value = next
  }

  return { lang, theme, text, hand, keys, originals, start, chooseLang }
})
