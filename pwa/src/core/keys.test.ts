// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { activeKeys, useKeys } from './keys'
import { usePrefs } from './prefs'

let scope: EffectScope
const run = vi.fn()
const press = (key: string, target: EventTarget = document.body, more: KeyboardEventInit = {}) =>
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))

beforeEach(() => {
  setActivePinia(createPinia())
  run.mockClear()
  document.body.replaceChildren()
  scope = effectScope()
})
afterEach(() => scope.stop())

function add<K extends keyof HTMLElementTagNameMap>(tag: K): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  document.body.append(element)
  return element
}

describe('single keys', () => {
  it('act on the desk itself, whatever the case of the letter', () => {
    scope.run(() => useKeys([{ key: 'j', label: 'next', run }]))
    press('j')
    press('J')
    expect(run).toHaveBeenCalledTimes(2)
  })

  it('are off while a text field has the focus', () => {
    scope.run(() => useKeys([{ key: 'j', label: 'next', run }]))
    press('j', add('input'))
    press('j', add('textarea'))
    expect(run).not.toHaveBeenCalled()
  })

  it('are off under a dialog', () => {
    scope.run(() => useKeys([{ key: 'j', label: 'next', run }]))
    add('dialog').setAttribute('open', '')
    press('j')
    expect(run).not.toHaveBeenCalled()
  })

  it('leave Enter and space to the control that has the focus', () => {
    scope.run(() => useKeys([{ key: 'Enter', label: 'dispatch', run }, { key: ' ', label: 'before', run }]))
    press('Enter', add('button'))
    press(' ', add('button'))
    expect(run).not.toHaveBeenCalled()
    press('Enter')
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('never take a browser shortcut or a composing key', () => {
    scope.run(() => useKeys([{ key: 'r', label: 'reject', run }]))
    press('r', document.body, { ctrlKey: true })
    press('r', document.body, { metaKey: true })
    press('r', document.body, { isComposing: true })
    expect(run).not.toHaveBeenCalled()
  })

  it('tell shift from plain', () => {
    const range = vi.fn()
    scope.run(() => useKeys([{ key: 'x', label: 'select', run }, { key: 'x', shift: true, label: 'range', run: range }]))
    press('X', document.body, { shiftKey: true })
    expect(range).toHaveBeenCalledTimes(1)
    expect(run).not.toHaveBeenCalled()
  })

  it('can be switched off in the settings', () => {
    scope.run(() => useKeys([{ key: 'j', label: 'next', run }]))
    usePrefs().keys = false
    press('j')
    expect(run).not.toHaveBeenCalled()
  })

  it('go away with their screen', () => {
    scope.run(() => useKeys([{ key: 'j', label: 'next', run }]))
    scope.stop()
    press('j')
    expect(run).not.toHaveBeenCalled()
    expect(activeKeys).toHaveLength(0)
  })
})
