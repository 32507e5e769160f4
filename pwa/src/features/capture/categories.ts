/** Categories as a volunteer looks for them: Chinese words, aliases, English; the recent ones first. */
import { api } from '@/api/client'

export interface Category {
  code: string
  name_zh: string
  name_en: string
  theme: string
  nature: 'ordinary' | 'urgent' | 'difficult'
  on_spot_allowed: boolean
  evidence: 'after_photo' | 'statement'
  aliases: string[]
  is_active: boolean
}
export interface Standards {
  categories: Category[]
  themes: { code: string; name_zh: string; name_en: string }[]
}

const STORE = 'xf.recent-categories'
const MOST = 6
/** For somebody's first report: what patrols meet most. */
const COMMON = ['ENV-01', 'ORD-02', 'RES-01']

export async function loadStandards(signal?: AbortSignal): Promise<Standards> {
  const found = await api<Standards>('GET', '/api/standards', undefined, { signal })
  return { ...found, categories: found.categories.filter((category) => category.is_active) }
}

function words(text: string): string {
  return text.toLowerCase().replace(/[\s、，,。/]+/g, '')
}

/** How well a category answers the query; 0: not at all. A name beats an alias, a beginning beats a middle. */
function score(category: Category, query: string): number {
  const names = [category.name_zh, ...category.aliases, category.name_en, category.code].map(words)
  let best = 0
  names.forEach((name, index) => {
    const at = name.indexOf(query)
    if (at >= 0) best = Math.max(best, 100 - index - Math.min(at, 20))
  })
  if (best || query.length < 2) return best
  // "楼道垃圾": every character must be somewhere in one name.
  return names.some((name) => [...query].every((letter) => name.includes(letter))) ? 10 : 0
}

export function search(categories: Category[], query: string): Category[] {
  const wanted = words(query)
  if (!wanted) return categories
  return categories
    .map((category) => ({ category, points: score(category, wanted) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .map(({ category }) => category)
}

export function recentCodes(): string[] {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? '[]') as string[]
  } catch {
    return []
  }
}

export function rememberCode(code: string): void {
  const codes = [code, ...recentCodes().filter((known) => known !== code)].slice(0, MOST)
  try {
    localStorage.setItem(STORE, JSON.stringify(codes))
  } catch {
    // Without storage the list simply starts anew.
  }
}

/** The pills above the keyboard: recent ones, filled up with common ones. */
export function recent(categories: Category[], count = 3): Category[] {
  const codes = [...new Set([...recentCodes(), ...COMMON, ...categories.map((category) => category.code)])]
  return codes.map((code) => categories.find((category) => category.code === code)).filter((one) => one !== undefined).slice(0, count)
}
