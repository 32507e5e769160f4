import type { SameKeys } from '@/core/i18n'
import type { zh } from './zh'

export const en = {
  title: 'Patrol', map: 'Map', start: 'Start the patrol', end: 'End the patrol', endShort: 'End', endSave: 'End and save', arrived: 'I am here', progress: '{done} of {n} points seen',
  ended: 'Saved, on its way', endedOffline: 'Kept on this phone, sent when online', saveOffline: 'Kept without a network, sent when online', noTrack: 'Only check-ins are kept, never your way',
  gone: 'This round is not on the list', goneText: 'It may be over, or not be today or tomorrow.', over: 'This round is done. Thank you.', leftOver: '{n} point not seen yet; you may end anyway||{n} points not seen yet; you may end anyway',
  free: 'You choose the points', freeText: 'This round names no points. Photograph what you find.',
  window: { day: 'Today, all day', days: '{from} to {to}', hours: '{from}–{to}' },
  card: { points: '{n} point||{n} points', walking: 'Under way', go: 'Go', goOn: 'Go on', done: 'Done' },
  stop: { next: 'Next', seen: 'Seen', clean: 'Nothing found', found: '{n} reported', look: 'Look', before: '{n} seen before', after: '{n} more' },
  people: { title: 'Who goes along', alone: 'Just me', adults: '{n} adult||{n} adults', children: '{n} child||{n} children', childrenLabel: 'Children', childrenHint: 'Counted only, no names', adultsLabel: 'Adults', none: 'Nobody else in the team yet', ok: 'Done' },
  count: { more: '{what}: one more', less: '{what}: one less' },
  tally: { dissuasion: 'Dissuaded', publicity: 'Publicity' },
  need: { away: 'Not at the point: say why' },
  in: { locating: 'Finding your place', inside: 'At the point', away: '{d} from the point', unknown: 'No position', why: 'Why not at the point', strict: 'This round counts only with a check-in at the point.' },
  away: { rough: 'Position is off', indoors: 'Indoors', shut: 'No way in', opposite: 'Seen from across' },
  back: {
    title: '{n} to look at again', closed: 'Fixed {day}', pass: 'Still clean', relapse: 'Back again', notDone: 'Could not look',
    why: { no_access: 'No way in', shut: 'Shut', not_found: 'Not found', weather: 'Bad weather', other: 'Another reason' },
    said: { passed: 'Still clean, kept', relapsed: 'Back again, kept', not_done: 'Not seen this time, kept' },
  },
  openCases: '{n} open case here||{n} open cases here',
  check: { title: 'Item by item', none: 'No checklist here. Photograph what you find.', photo: 'Take a photo', another: 'One more photo', found: '{n} reported and kept' },
  scale: { pass: 'Conforms', minor: 'Mostly', major: 'Poor', fail: 'Fails' },
  visit: {
    title: 'At the point', gone: 'This look is kept', goneText: 'Go back to the patrol for the next point.', progress: '{done} of {n} items seen', open: '{n} item left||{n} items left', note: 'A word (optional)', photo: 'Problem', photoN: '{n} reported',
    finish: 'Done here', kept: 'Kept, on its way', keptOffline: 'Kept on this phone, sent when online', allFine: 'All fine', allFineDone: 'All others marked as conforming',
  },
} satisfies SameKeys<typeof zh>
