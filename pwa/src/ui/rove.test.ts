// @vitest-environment happy-dom
import { expect, it } from 'vitest'
import { rove, tabStop } from './rove'

it('makes a long list one stop of the Tab key, and goes from row to row by the arrows', () => {
  document.body.innerHTML = '<ul>' + ['a', 'b', 'c'].map((id) => `<li><button class="x"></button><button class="row" id="${id}"></button></li>`).join('') + '</ul><input>'
  const list = document.querySelector('ul')!
  list.addEventListener('keydown', (event) => rove(event, '.row'))
  const press = (key: string) => {
    const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
    document.activeElement!.dispatchEvent(event)
    return [document.activeElement!.id, event.defaultPrevented]
  }
  document.getElementById('a')!.focus()
  expect(['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp', 'Home', 'End', 'j'].map(press)).toEqual([['b', true], ['c', true], ['c', true], ['b', true], ['a', true], ['c', true], ['c', false]])
  // From the tick of a row, too.
  document.querySelector<HTMLElement>('.x')!.focus()
  expect(press('ArrowDown')).toEqual(['b', true])
  expect(['a', 'b', 'c'].map((id) => tabStop(id, 'b', 'a'))).toEqual([-1, undefined, -1])
  expect(['a', 'b'].map((id) => tabStop(id, null, 'a'))).toEqual([undefined, -1])
})
