/** What this person asked for last, of each category: the same words again in one tap. Gone with the browser's tab. */
const STORE = 'xf.last-words'
const MOST = 2

type Kept = Record<string, string[]>
function kept(by: string): Kept {
  try {
    const found = JSON.parse(sessionStorage.getItem(STORE) ?? 'null') as { by: string; words: Kept } | null
    return found?.by === by ? found.words : {}
  } catch {
    return {}
  }
}

export const lastWords = (by: string, category: string): string[] => kept(by)[category] ?? []

export function rememberWords(by: string, category: string, text: string): void {
  const said = text.trim()
  if (!said) return
  const words = { ...kept(by), [category]: [said, ...lastWords(by, category).filter((one) => one !== said)].slice(0, MOST) }
  try {
    sessionStorage.setItem(STORE, JSON.stringify({ by, words }))
  } catch {
    // Without storage they are typed again.
  }
}
