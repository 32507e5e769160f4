import { say } from './say'

const NAMES: Record<string, string> = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc', '-': '−' }

/** How a key is written on a button. */
export function keyName(key: string): string {
  if (key === ' ') return say('keys.space')
  return NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key)
}
