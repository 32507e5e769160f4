import type { SameKeys } from '@/core/i18n'
import type { zh } from './zh'

export const en = {
  title: 'Cross-check',
  envelope: {
    sealed: 'Target not revealed yet', hours: '{from}–{until}', maybe: 'There may be a task for you in these hours, or none', notYet: 'Not revealed yet',
    rules: 'Three don’ts', before: 'Before', beforeText: 'Tip nobody off', during: 'During', duringText: 'Spare nothing; what is saved stays', after: 'After', afterText: 'Leave nothing unreported',
    logged: 'Every look is logged. The inspected unit cannot see this page.',
    lots: 'Today’s draw', lotsIn: 'Your phone has put a random number into today’s draw.', lotsWaiting: 'The random number is on this phone; it goes when online.', seal: 'Seal', sealText: 'After the reveal anyone can check with it that the draw was not touched.',
    mine: 'This phone’s random number', nonceLabel: 'Today’s draw', offline: 'The envelope cannot be opened without a network', opened: 'Revealed', target: 'Inspect {name}', when: 'Starts {start} · {code}', go: 'Start', goOn: 'Go on', done: 'Submitted', forward: 'forward', reverse: 'reverse',
    members: 'My team', seen: 'seen', notSeen: 'not yet', captain: 'captain', past: 'Earlier rounds',
  },
  task: {
    sub: '{code} · revealed {at}', five: 'Questions {n}/5', points: 'Points', progress: '{n} of {total} items checked', na: 'Not applicable', list: 'Findings', n: '{n}', shoot: 'Photograph a problem', locked: 'Saved, cannot be deleted', notShot: 'No photo yet', shootNow: 'Take it',
    softer: 'Already saved: it can only become graver', finish: 'This point is done', finishHint: 'After that answers can only become graver', excuse: 'Cannot be checked', excuseTitle: 'Why can this point not be checked?', excused: 'Not checked: {why}', excuseSave: 'Save the reason', why: { closed: 'Closed', works: 'Building works', unsafe: 'Not safe', gone: 'No longer there' },
    doneHere: 'This point is done', next: 'Next: {name}', noItems: 'This point has no checklist: just look at it', visited: 'Looked at', verify: 'Verified {n}/{total}', earlier: '{n} open case here from before||{n} open cases here from before', gone: 'This round is not on the phone',
    label: 'Checklist {point}',
  },
  take: {
    title: 'Photograph a problem', hint: 'One wide, one close-up', more: 'One more', next: 'Next', close: 'Close', confirm: 'Save the finding', nature: 'How grave', ordinary: 'Ordinary', difficult: 'Difficult', urgent: 'Urgent', sentence: 'One sentence', optional: 'optional', save: 'Save', forGood: 'Once saved it cannot be deleted or softened',
    needPhoto: 'Take a photo first', needCategory: 'Choose a category', leave: 'Leave without saving?', leaveText: '{n} photo will be removed from this phone.||{n} photos will be removed from this phone.', leaveOk: 'Leave', stay: 'Go on', saved: 'Saved', only: 'Only one: a close-up makes it stronger', full: 'This phone is full', fullText: 'Make some room, then go on. All photos so far are safe.', verify: 'Verify', solved: 'Solved', not_solved: 'Not solved', relapsed: 'Came back', result: 'How is it now?', needResult: 'Choose a result', noteLabel: 'Note', point: 'Point',
  },
  findings: {
    title: 'Findings', mine: 'Of this round', empty: 'No findings yet', emptyText: 'An item that fails opens the camera.', add: 'Add to it', addTitle: 'Add to a finding', addText: 'What was saved stays; this is written behind it.', text: 'What to add', graver: 'Make it graver', keep: 'No change', save: 'Add', added: 'Added: {text}', earlier: 'Open from before', waiting: 'On this phone; sends when online', parked: 'Not sent, have a look', verify: 'To verify', open: 'open',
  },
  five: {
    title: 'Five questions', sub: '{name} · {n} / 5 answered', asked: 'asked {n}', know: '{good} know / {n} asked', content: '{good} satisfied / {n} asked', notMet: 'not met', again: 'Ask another',
    q1: { who: 'Ask the guard', ask: '“Did you know that the city is being re-assessed as a Civilized City this year?”', notMet: 'No guard met', yes: 'Knows', no: 'Does not know' },
    q2: { who: 'Ask a resident', ask: '“Are you satisfied with how our estate is being tidied up?”', notMet: 'No resident met' },
    q3: { who: 'Ask ourselves', ask: '“Could our own estate solve this kind of problem in the same way?”', notMet: 'Nothing to copy', yes: 'Yes', no: 'No', todo: 'What to do at home', due: 'Done by', done: 'Yes, to-do made', doneNo: 'No' },
    q4: { who: 'Ask their secretary', ask: '“How did you solve this stubborn problem?”', notMet: 'Secretary not met', category: 'Kind of problem', stored: 'Stored as a practice', hint: 'The gist, one or two sentences', label: 'The secretary’s answer', done: 'Practice stored' },
    q5: { who: 'Ask the office', ask: '“Could you help to coordinate this?”', sends: 'What you write goes to the office as a request.', want: 'Yes, please', none: 'Nothing', label: 'What to coordinate', hint: 'Where, and who should come', done: 'Request written', doneNone: 'nothing' },
    scale: { very_satisfied: 'Very satisfied', satisfied: 'Satisfied', basically_satisfied: 'Fairly satisfied', dissatisfied: 'Dissatisfied', very_dissatisfied: 'Very dissatisfied' },
    save: 'Save', mirror: 'Plain mirror', mirrorAsk: '“{category}” at our own place', mirrorText: 'Each kind found there, asked of ourselves.', none: 'No', also_here: 'Also here', fixed: 'Was, fixed', mirrorHint: '“Also here” opens an own case once the round is released.',
    rating: 'Rating', ratingText: 'Rate {name}', items: { environment: 'Environment', order: 'Order', facilities: 'Facilities', publicity: 'Publicity', management: 'Management' }, remark: 'A remark', ratingDone: '{n} rated',
    lesson: 'Lesson', lessonText: 'What did we learn?', lessonHint: 'One or two sentences', noLesson: 'None, because', lessonDone: 'Written', lessonNone: 'None: {why}',
    practice: 'Practices', practiceText: 'What is worth copying', strength: 'A strength of theirs', method: 'How they solved it', adopt: 'Take it home as our own to-do', due: 'Done by', practiceHint: 'For example: parking lines repainted', addPractice: 'Write one', practices: '{n} written',
    submit: 'Submit the round', short: 'Missing: {list}', sign: 'Sign and submit', signText: 'I sign that every point was checked, every problem written down and nothing left out. More can be added later, nothing withdrawn.', signOk: 'Sign', cancel: 'Look again', submitted: 'Round submitted', submittedText: 'The office puts it together', onlyCaptain: 'The captain signs and submits', signLabel: 'Signature', refused: 'Not accepted. Missing: {list}', redo: 'Complete it, then sign again',
    miss: { point_not_visited: '{n} point||{n} points', item_unanswered: '{n} item||{n} items', question_open: '{n} question||{n} questions', mirror_open: '{n} mirror check||{n} mirror checks', verification_open: '{n} to verify', rating_missing: 'rating', lesson_missing: 'lesson', photos_missing: '{n} photo not sent||{n} photos not sent', drafts_left: '{n} draft||{n} drafts' },
  },
} satisfies SameKeys<typeof zh>
