import { expect, it } from 'vitest'
import { ahead, commandBody, commentsWaiting, parkedFor, waitingFor } from './commands'
import type { OutboxItem } from './outbox'

const item = (state: OutboxItem['state'], target: string, kind: OutboxItem['kind'] = 'command') => ({ id: target + state, kind, state, body: { target } }) as unknown as OutboxItem

it('counts what waits before it, so that two deeds made offline both fit', () => {
  expect(commandBody('rectify', { id: 'a', version: 3 }, {}, 1)).toMatchObject({ action: 'rectify', target: 'a', base_version: 4, body: {} })
})

it('finds the waiting and the parked deeds of one case', () => {
  const items = [item('queued', 'a'), item('sending', 'a'), item('parked', 'a'), item('acked', 'a'), item('queued', 'b'), item('queued', 'a', 'report')]
  expect(waitingFor(items, 'a').map((one) => one.state)).toEqual(['queued', 'sending'])
  expect(parkedFor(items, 'a')).toHaveLength(1)
})

it('does not count a deed whose answer was lost on the way', () => {
  const waits = (base: number) => ({ kind: 'command', state: 'queued', body: { target: 'a', base_version: base } }) as unknown as OutboxItem
  expect(ahead([waits(3)], { id: 'a', version: 3 })).toBe(1)
  expect(ahead([waits(3)], { id: 'a', version: 4 })).toBe(0)
})

it('lets no deed wait for a comment, which changes no version', () => {
  const comment = { kind: 'command', state: 'queued', body: { target: 'a', action: 'comment', base_version: 3 } } as unknown as OutboxItem
  expect(ahead([comment], { id: 'a', version: 3 })).toBe(0)
  expect(waitingFor([comment], 'a')).toEqual([])
  expect(commentsWaiting([comment], 'a')).toHaveLength(1)
})
