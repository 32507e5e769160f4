/** Single-key shortcuts of the desks (WCAG 2.1.4): off in text fields, off under dialogs, and switched off in the settings. */
import { onScopeDispose, ref, shallowReactive } from 'vue'
import { usePrefs } from './prefs'

export interface KeyBinding {
  /** `KeyboardEvent.key`, lower case for letters: 'j', 'Enter', '/', ' ', 'ArrowLeft'. */
  key: string
  /** What it does, for the help page. */
  label: string
  run: (event: KeyboardEvent) => void
  /** On key-up, for keys that are held ("hold space to see before"). */
  release?: () => void
  shift?: boolean
  /** Enter and space act only when the focus is on no other control. */
  when?: () => boolean
}

/** The bindings in force now, latest screen last; KeyHelp lists them. */
export const activeKeys = shallowReactive<KeyBinding[]>([])
export const keyHelpOpen = ref(false)

const TYPING = 'input:not([type=checkbox]):not([type=radio]):not([type=range]):not([type=button]), textarea, select, [contenteditable=true]'
const CONTROL = 'button, a[href], summary, [role=button], [role=slider], [role=checkbox], [role=radio], [role=option], input, [role=tab]'

function focused(event: KeyboardEvent): Element | null {
  return event.target instanceof Element ? event.target : document.activeElement
}

function allowed(event: KeyboardEvent, binding: KeyBinding): boolean {
  const target = focused(event)
  if (target?.closest(TYPING)) return false
  if (document.querySelector('dialog[open]')) return false
  const acts = binding.key === 'Enter' || binding.key === ' '
  // Arrow keys belong to the slider or list that has the focus.
  const moves = binding.key.startsWith('Arrow')
  if (acts && target?.closest(CONTROL)) return false
  if (moves && target?.closest('[role=slider], [role=radiogroup], [role=listbox], [role=tablist]')) return false
  return binding.when?.() ?? true
}

function find(event: KeyboardEvent): KeyBinding | undefined {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  for (let i = activeKeys.length - 1; i >= 0; i--) {
    const binding = activeKeys[i]
    const shiftFits = binding.shift === undefined ? !event.shiftKey || /[^a-z]/.test(key) : binding.shift === event.shiftKey
    if (binding.key === key && shiftFits && allowed(event, binding)) return binding
  }
  return undefined
}

function onKeydown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  if (!usePrefs().keys) return
  const binding = find(event)
  if (!binding) return
  event.preventDefault()
  if (!event.repeat || /^(j|k|Arrow)/.test(binding.key)) binding.run(event)
}

function onKeyup(event: KeyboardEvent): void {
  for (const binding of activeKeys) if (binding.release && binding.key === event.key) binding.release()
}

let listeners = 0
function listen(): void {
  if (listeners++ > 0) return
  window.addEventListener('keydown', onKeydown)
  window.addEventListener('keyup', onKeyup)
}
function unlisten(): void {
  if (--listeners > 0) return
  window.removeEventListener('keydown', onKeydown)
  window.removeEventListener('keyup', onKeyup)
}

/** Binds keys for as long as the component lives. `?` opens the help on every desk. */
export function useKeys(bindings: KeyBinding[]): void {
  activeKeys.push(...bindings)
  listen()
  onScopeDispose(() => {
    for (const binding of bindings) {
      const at = activeKeys.indexOf(binding)
      if (at >= 0) activeKeys.splice(at, 1)
    }
    unlisten()
  })
}
