import type { SameKeys } from '@/core/i18n'
import type { zh } from './zh'

export const en = {
  app: 'Xunfang',
  nav: 'Main',
  skip: 'Skip to content',
  tab: { today: 'Today', reports: 'My reports', orders: 'To fix', leader: 'Overview', account: 'Me', more: 'More' },
  rail: { triage: 'Triage', review: 'Review', cases: 'Cases', leader: 'Overview', cross: 'Cross-check', duty: 'Duty', patrols: 'Patrols', rosters: 'On duty', daily: 'Daily sheets', documents: 'Papers', ledgers: 'Ledgers', admin: 'Settings', account: 'Me' },
  badge: '{n} waiting',
  update: { title: 'A new version is here', text: 'It takes a few seconds; photos not yet sent are safe.', now: 'Update now', later: 'Later' },
  expired: { title: 'Please sign in again', text: 'The photos on this phone are safe. They go on sending after you sign in.', now: 'Sign in' },
  lost: { title: '{n} unsent item is gone||{n} unsent items are gone', text: 'The browser cleared its storage. Please take the photos again on site; installing Xunfang on the home screen keeps this from happening.', seen: 'Understood' },
  missing: { title: 'No such page', text: 'It may have moved, or it is not yours to see.', home: 'Go home' },
  crash: { title: 'Something went wrong on this page', text: 'The photos on this phone are safe. Try opening it again.', again: 'Open again' },
  chunk: { title: 'This page is not on the phone yet', text: 'Open it once with a network; after that it works without.' },
} satisfies SameKeys<typeof zh>
