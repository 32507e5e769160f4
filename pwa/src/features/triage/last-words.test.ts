// @vitest-environment happy-dom
import { expect, it } from 'vitest'
import { lastWords, rememberWords } from './last-words'

it('offers what the same person asked for last of the same category, newest first, each once', () => {
  for (const text of ['清运', '  冲洗 ', '清运', ' ']) rememberWords('me', 'ENV-01', text)
  rememberWords('me', 'ORD-02', '入线')
  expect([lastWords('me', 'ENV-01'), lastWords('me', 'ORD-02'), lastWords('me', 'RES-01')]).toEqual([['清运', '冲洗'], ['入线'], []])
  rememberWords('me', 'ENV-01', '补种')
  expect(lastWords('me', 'ENV-01')).toEqual(['补种', '清运'])
  expect(lastWords('somebody else', 'ENV-01')).toEqual([])
})
