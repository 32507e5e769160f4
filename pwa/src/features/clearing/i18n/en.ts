import type { SameKeys } from '@/core/i18n'
import type { zh } from './zh'

export const en = {
  title: 'Blur, for public use',
  text: 'Draw boxes over faces, number plates, house numbers, papers. The blur cannot be undone; the original stays as it is, for the office only.',
  how: 'Drag to draw a box; drag a box to move it, its lower right corner to resize it. Keys: arrows move, Shift and arrows resize, Delete removes.',
  stage: 'Photo with {n} box||Photo with {n} boxes',
  box: 'Box {i}: left {x}%, top {y}%, width {w}%, height {h}%',
  add: 'Add a box',
  drop: 'Remove this box',
  none: 'Nobody has cleared it: it may not be used in public.',
  making: 'The blurred copy is being made…',
  ready: 'Cleared by {who}, {at}: it may be used in public.',
  look: 'See the blurred copy',
  picture: 'The blurred photo',
  ok: { boxes: 'Blur {n} place, may be public||Blur {n} places, may be public', clean: 'Nothing to blur, may be public' },
  withdraw: 'Not public any more',
  done: 'Blurred: it may be used in public',
  withdrawn: 'This photo is not public any more',
} satisfies SameKeys<typeof zh>
