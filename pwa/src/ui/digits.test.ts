// @vitest-environment happy-dom
import { expect, it, vi } from 'vitest'
import { byDigit } from './digits'

it('chooses a reason by its number and sends by Enter, but never while something is typed', () => {
  document.body.innerHTML = '<div><h2 tabindex="-1"></h2><textarea></textarea><button></button></div>'
  const [choose, send] = [vi.fn<(index: number) => void>(), vi.fn<() => void>()]
  document.querySelector('div')!.addEventListener('keydown', (event) => byDigit(event, 3, choose, send))
  const press = (on: string, key: string, more = {}) => document.querySelector(on)!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))
  press('h2', '2')
  press('button', '3')
  for (const key of ['4', '0', 'a']) press('h2', key)
  press('h2', '1', { ctrlKey: true })
  press('textarea', '1')
  expect(choose.mock.calls).toEqual([[1], [2]])
  press('textarea', 'Enter')
  press('button', 'Enter')
  expect(send).not.toHaveBeenCalled()
  press('h2', 'Enter')
  expect(send).toHaveBeenCalledTimes(1)
})
