import type { SameKeys } from '@/core/i18n'
import type { zh } from './zh'

export const en = {
  title: 'Patrol', map: 'Map', start: 'Start the patrol', end: 'End the patrol', endShort: 'End', endSave: 'End and save', arrived: 'I am here', progress: '{done} of {n} points seen',
  ended: 'Saved, on its way', endedOffline: 'Kept on this phone, sent when online', saveOffline: 'Kept without a network, sent when online', noTrack: 'Only check-ins are kept, never your way',
  gone: 'This round is not on the list', goneText: 'It may be over, or not be today or tomorrow.', over: 'This round is done. Thank you.', leftOver: '{n} point not seen yet; you may end anyway||{n} points not seen yet; you may end anyway',
  free: { name: 'Patrol of my own', what: 'Not planned: walk where you like', title: 'You choose the points', text: 'At a point, tap below to check in and go through its list.', before: 'Once started, choose each point as you get there.', here: 'I am at a point', covert: 'Covert', covertText: 'The inspected side sees nothing until the office releases it.' },
  window: { day: 'Today, all day', wholeDay: '{day}, all day', days: '{from} to {to}', hours: '{from}–{to}' },
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
  desk: 'Patrols', tab: { week: 'Week', plans: 'Plans', records: 'Records', coverage: 'Coverage', watch: 'Three a day' },
  week: { before: 'Week before', after: 'Week after', now: 'This week', empty: 'Nothing planned this week', emptyText: 'Rounds are laid out eight days ahead; older ones are under Records.' },
  state: { done: 'Done', running: 'Under way', due: 'Due', missed: 'Missed' },
  slots: { done: '{n} done', running: '{n} under way', due: '{n} due', missed: '{n} missed', doneAt: 'done {time}', points: '{done} of {n} points' },
  day: { MO: 'Mon', TU: 'Tue', WE: 'Wed', TH: 'Thu', FR: 'Fri', SA: 'Sat', SU: 'Sun' },
  every: { daily: 'Every day', weekdays: 'Weekdays', weekly: 'Weekly', monthly: 'Days of the month', timed: 'Hours of the day', none: 'By hand' },
  plan: {
    one: 'Plan', new: 'New plan', edit: 'Change', save: 'Save', saved: 'Saved', empty: 'No plans yet', emptyPlan: 'Press “New plan”: say when, where and who goes.', emptyText: 'Plans of the office are shown here.', when: 'When', kind: 'Kind', targets: 'Where', level: 'level {n}', levelLabel: 'Level', ended: 'ended', and: ', ',
    onDays: 'Weekly: {days}', onDates: 'Monthly on the {dates}', lastDay: 'last day', atHours: 'Daily at {hours}', nth: 'Monthly, {day} no. {n}', nameZh: 'Chinese name', nameEn: 'English name', publicity: 'With publicity', points: 'Points', parties: 'Who goes', from: 'From', until: 'Until (optional)',
    window: 'Minutes around it', windowDays: 'Days a round lasts', mode: 'How', covert: 'Covert', covertHint: 'Unseen by the inspected side until released', active: 'In use', next: 'Next:', never: 'no such day within five years', needParty: 'Choose who goes', anyone: 'Anyone',
  },
  mode: { separate: 'Each alone', concentrated: 'All together' },
  slot: { add: 'Add a round', from: 'From', to: 'To', points: 'Only these points', pointsHint: 'None chosen: the points of the plan', endsBefore: 'Must be after the start', save: 'Add', saved: 'Added; phones will see it' },
  sweep: { title: 'Progress', none: 'No points yet', noneText: 'Once rounds are laid out, the points not yet seen are listed here.', left: 'not seen' },
  site: { title: 'On-site session', what: 'What was decided on the spot is noted in each case.', cases: 'Which cases', units: 'Units present', choose: 'Choose', noCase: 'Choose the cases', noUnit: 'Choose the units present', decision: 'What was decided', decisionHint: 'Who does what, by when', photo: 'Photo', save: 'Save', search: 'Search by name or number', none: 'Nothing found', needCase: 'Choose a case', needUnit: 'Choose the units present', needDecision: 'Write what was decided' },
  covert: { is: 'covert, not released', was: 'covert, released', found: '{n} found; cases once released', filing: '{n} becoming cases', release: 'Release', ask: 'Release this covert patrol?', askText: '{n} findings become cases, and the inspected side sees this patrol from now on. This cannot be taken back.', cancel: 'Look again', released: 'Released', photo: 'Photos: {name}' },
  party: { community: 'Each community', village: 'Each village', territory: 'The community of the point' },
  kind: {
    leader_area: "Leader's area", department: 'Department', self_check: 'Self-check', daily: 'Daily', watch: 'Three a day', citizen_patrol: 'Citizen patrol', third_party_grid: 'Third-party grid check', video: 'Video', follow_up: 'Follow-up', fixed_time_point: 'Fixed time and point', baseline: 'Baseline', special: 'Special', key_point: 'Key points', supervision: 'Supervision',
  },
  targets: {
    own_points: 'Own points', chosen: 'Chosen points', all_points: 'All points', all_key_points: 'All key points', own_territory: 'Own territory', watched_points: 'Points under watch', key_and_radiating_points: 'Key points and those around', all_grids: 'All grids', cameras: 'Camera points', closed_last_30_days: 'Fixed within 30 days', points: 'Named points', grids: 'Named grids',
  },
  term: { crossing: 'Jaywalking', parking: 'Wild parking', littering: 'Littering', pets: 'Pets', food: 'Food waste', noise: 'Shouting', queueing: 'Queue jumping', leaflet: 'Leaflets', poster: 'Posters', talk: 'Door talks' },
  record: { empty: 'No patrols yet', emptyText: 'Each patrol walked with the phone is kept here.', running: 'under way', visits: '{n} point||{n} points', issues: '{n} case||{n} cases', issue: 'Case {no}', none: 'No places recorded', rest: '{n} others conform or do not apply' },
  cover: {
    span: 'Period', days: '{n} days', at: 'Counted {time}', slots: 'Walked as planned', rounds: 'rounds', keyPoints: 'Key points seen', points: 'Points seen', watch: 'Three a day', issues: 'Found', perPatrol: '{n} case / {d} walked||{n} cases / {d} walked', blind: 'Blind spots', blindOf: 'points {p} / {pn} · grids {g} / {gn}', noBlind: 'No blind spots', never: 'never', idle: 'No self-check today', noIdle: 'All have checked', weak: 'Weak spots', noWeak: 'Nothing fell short', weakOf: 'short {n} of {d} times', since: '{n} day ago||{n} days ago',
  },
  watch: { what: 'Points where problems keep coming back are looked at three times a day until seven clean days.', new: 'Add a point', search: 'Find a point', saved: 'Saved', empty: 'No points under watch', emptyPlan: 'A point where things come back is proposed by itself; you can add others.', emptyText: 'The office puts points here where things come back.', clean: '{n} of {of} clean days', accept: 'Accept', refuse: 'Refuse', end: 'End', state: { proposed: 'proposed', open: 'under watch', refused: 'refused', ended: 'ended' } },
} satisfies SameKeys<typeof zh>
