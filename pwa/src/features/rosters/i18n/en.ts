import type { SameKeys } from '@/core/i18n'
import type { zh } from './zh'

export const en = {
  title: 'On duty', choose: 'What to look at',
  tab: { day: 'Day', points: 'Points', roll: 'Roll-call', calls: 'Call-outs', trainings: 'Training' },
  kind: { patrol: 'Patrol', stationing: 'Stationed', secondment: 'Seconded', service: 'Volunteering', emergency: 'Emergency team' },
  duty: { patrol: 'Patrol', report: 'Report', clean: 'Clean', dissuade: 'Dissuade', guide: 'Guide', publicity: 'Publicity', traffic: 'Traffic', standby: 'Stand by' },
  state: { absent: 'Absent', late: 'Late', present: 'There', planned: 'Not yet', left: 'Left' },
  around: 'around it', at: '{from} to {to}', today: 'Today', tomorrow: 'Tomorrow',
  mine: {
    title: 'Duty today', begin: 'Check in', end: 'Check out', open: 'Look at this shift', next: 'Next shift', since: 'In since {at}', until: 'Left at {at}', mayAt: 'Check in from {at}', absent: 'Should have begun at {at}',
    saved: 'Checked in', ended: 'Checked out', waiting: 'Safe on this phone; sends when online', locating: 'Looking where you are…', training: 'Training missing: {topics}. Take part first, then check in.', parked: 'Not checked in: {why}',
    duties: 'What to do', place: 'Where', note: 'Note', empty: 'No shift for you these two days', emptyText: 'Once you are on a roster, you check in here.', others: 'Other shifts', sure: 'Check out now?', sureText: 'This shift lasts until {at}.', stay: 'Not yet',
    calls: { n: '{n} call-out waits for you||{n} call-outs wait for you' },
  },
  day: {
    pick: 'Day', before: 'The day before', after: 'The next day', unit: 'Unit', all: 'All units', standby: '{name}, {from} to {to}', noStandby: 'Not in a standby period', rostered: 'On the roster', people: '{n} people',
    empty: 'Nobody is on the roster this day', emptyText: 'Add a shift, or import a roster in the settings.', emptyUnit: 'Nobody you may see is on the roster this day.', more: '{n} more shifts are not listed; choose a unit', add: 'Add shifts', period: 'Standby period', export: 'Import a roster',
    roll: 'by roll-call', far: '{d} from the post', in: 'in {at}', out: 'out {at}', late: 'late', change: 'Cancel this shift', changeSure: 'Cancel this shift of {name}?', removed: 'Cancelled', keep: 'Keep it',
    teams: 'Emergency teams', teamIdle: 'nobody on duty', teamN: '{n} on duty', teamsWarn: '{n} emergency teams have nobody on duty in this standby period', phone: 'Duty desk {n}',
  },
  add: { title: 'Add shifts', people: 'People', find: 'Find people by name', none: 'Nobody chosen yet', pick: 'Add', from: 'From', until: 'Until', starts: 'Begins', ends: 'Ends', endsHint: 'Not after the beginning: on the next day', kind: 'What for', where: 'Where', point: 'Point', grid: 'Grid', unit: 'Unit', around: 'Around the point', duties: 'Duties', team: 'Team', noTeam: 'Of no team', note: 'Note', save: 'Add', saved: { n: '{n} shift added||{n} shifts added' }, remove: 'Take {name} out', clock: 'Like 08:00', taken: 'Another shift begins at this time for: {names}' },
  period: { title: 'Standby period', name: 'Name', nameEn: 'English name', from: 'From', until: 'Until', save: 'Save', saved: 'Saved', none: 'No standby period yet', new: 'New period', order: 'It cannot end before it begins' },
  points: {
    now: 'Now, {at}: somebody at {n} / {d} points', byPlan: 'By the roster: somebody at {n} / {d} points', all: 'Points', key: 'Key points', there: '{n} at the point', around: '{n} around it', absent: '{n} absent', nobody: 'nobody', planned: '{n} on the roster', notPlanned: 'nobody on the roster', asked: '{n} volunteers asked for after a relapse',
    only: 'Only those with nobody', empty: 'Somebody is at every point', emptyText: 'Points that nobody stands at are listed here.', map: 'Points with nobody', view: 'Map or list', list: 'List', asMap: 'Map',
  },
  roll: { area: 'Area', mine: 'The points I answer for', last: 'Last roll-call {at}', never: 'No roll-call yet today', present: 'There', absent: 'Absent', save: 'Roll-call done', saved: 'Roll-call kept: {n} there, {m} absent', empty: 'Nobody is stationed in this area today', emptyText: 'Try another area.', count: '{n} / {d} there', keep: 'Safe on this phone; sends when online', mark: 'Is {name} there', unmarked: '{n} not called yet' },
  calls: {
    empty: 'No call-outs', emptyText: 'In a standby period an urgent case calls an emergency team.', arrived: 'Arrived', done: 'Done', withdraw: 'No need to go', withdrawSure: 'Withdraw this call-out?', withdrawText: 'The team need not go.', pick: 'Which team', change: 'Another team', picked: 'Sent', noTeam: 'No team yet: pick one', onDuty: '{n} on duty',
    state: { called: 'On the way', arrived: 'Arrived', done: 'Done', withdrawn: 'Withdrawn' }, why: { area: 'for this area', nearest: 'the nearest', only: 'the only one on duty', picked: 'picked by the office' },
    calledAt: 'called {at}', minutes: '{n} min', took: 'there after {n} min', sofar: '{n} min so far', figure: 'Time to arrive', median: 'Median {m} min, nine in ten within {p}', noMedian: 'Nobody has arrived yet', counts: '{d} call-outs in {days} days, {n} arrived', case: 'Open the case', what: 'What was done (optional)', saidArrived: 'Arrival noted', saidDone: 'Noted as done', map: 'Where it is', phone: 'Call the team', open: 'Open', past: 'Earlier', no: 'No. {no}', byRule: 'by the rule', waiting: 'Safe on this phone; sends when online',
  },
  trainings: { empty: 'No training yet', emptyText: 'Once it is on record who took part, training can be required before a duty.', record: 'Record a training', topic: 'Topic', on: 'Day', people: 'Who took part', saved: 'Recorded', required: 'required before a duty', reached: { n: '{n} person reached||{n} people reached' }, came: { n: '{n} took part||{n} took part' }, sum: '{n} attendances in all', sessions: 'Sessions', topics: 'By topic', find: 'Find people by name', gate: 'The settings of the campaign say which topics are required before a duty' },
} satisfies SameKeys<typeof zh>
