import type { SameKeys } from '@/core/i18n'
import type { zh } from './zh'

export const en = {
  title: 'Ledgers', choose: 'Which ledger', tab: { tasks: 'Key tasks', information: 'Information', requests: 'Requests', leads: 'Leads', petitions: 'Petitions' },
  unit: 'Unit', person: 'Person', anyone: 'Liaison and principal', dueOn: 'Due on', by: 'by {day}', late: 'Past its day', showAll: 'All {n} entries', caseNo: 'Case {no}',
  task: {
    add: 'Add a task', change: 'Change', empty: 'No key tasks yet', emptyText: 'Each says who answers for it and by when.', emptyOwner: 'You answer for none.', no: 'No. {n}', name: 'Task', measure: 'How', state: 'Where it stands', states: { open: 'Under way', done: 'Done', dropped: 'Dropped' },
    waits: 'Its owner says it is done: confirm it', waiting: 'The office has yet to confirm it', report: 'Report progress', percent: 'Done, percent', text: 'What was done', percentN: '{n}%', ended: 'Ended on {day}', done: 'Done', lateN: 'Past their day', nothing: 'No progress reported yet', latest: '{at} {by}', bar: '{n}% done',
  },
  info: {
    ask: 'Ask for information', empty: 'Nothing was asked yet', emptyText: 'Say what, and by which day; units that hand in nothing are listed.', emptyUnit: 'Nothing is asked of you.', name: 'Title', wanted: 'What is wanted', units: 'Which units', unitsHint: 'None chosen: all units that somebody answers for', asked: 'Handed in', missing: 'Missing', none: 'All have handed in', handIn: 'Hand in', correct: 'Correct', text: 'Text', at: 'handed in {at} {by}', isLate: 'Late', again: 'Ask again', over: 'Over',
  },
  request: { ask: 'Ask a department', empty: 'No requests yet', emptyText: 'Say which department, and what for.', emptyUnit: 'Nothing is asked of you.', department: 'Department', text: 'What is asked', issue: 'Case (number)', issueHint: 'May stay empty', noIssue: 'No case has this number', answer: 'Answer', change: 'Change the answer', askedAt: 'asked {at} by {by}', answeredAt: 'answered {at} by {by}', waiting: 'Not answered', open: 'Not answered' },
  lead: {
    register: 'Register a lead', empty: 'No leads yet', emptyText: 'What was read online: register the channel and the link, then make it a case or answer it.', channel: 'Channel', all: 'All channels', channels: { community_app: 'Community app', we_media: 'We-media', weibo: 'Weibo', wechat: 'WeChat', short_video: 'Short video', news: 'News media', mailbox: 'Online mailbox', hotline: 'Hotline', other: 'Other' },
    ref: 'Reference', refHint: 'Without one give the link; one of both is needed', needOne: 'A reference or a link', link: 'Link', linkHint: 'Begins with http or https', badLink: 'A link begins with http:// or https://', text: 'What was said', textHint: 'The matter and the place only: no name, no number', at: 'Received at', file: 'Make it a case', fileHint: 'Once only; it is checked on site before dispatch', category: 'Category', point: 'Point', description: 'Description', answer: 'Answer', answered: 'Answered: {text}', open: '{n} not handled yet', openLink: 'Open the link', received: 'received {at}', waits: 'Not handled', onlyOpen: 'Not handled only',
  },
  petition: { record: 'Record one', empty: 'No petitions in this time', count: 'Petitions (M37)', countHint: 'last {n} days, without those struck out', on: 'Received on', subject: 'About what', subjectHint: 'The matter and the place only: no name, number or address', unit: 'Unit concerned', point: 'Point concerned', strike: 'Strike out', strikeWhy: 'Why it is struck out', struck: 'Struck out: {why}', days: 'How long', inDays: 'Last {n} days' },
} satisfies SameKeys<typeof zh>
