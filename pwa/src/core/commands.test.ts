import { expect, it } from 'vitest'
import { commandBody, parkedFor, waitingFor } from './commands'
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
