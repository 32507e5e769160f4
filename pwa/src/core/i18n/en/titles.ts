import type { SameKeys } from '..'
import type { zh } from '../zh/titles'

export const en = {
  home: 'Today', capture: 'Report a problem', outbox: 'Not sent', reports: 'My reports', report: 'Report', orders: 'Orders', order: 'Order', 'order-after': 'After photo',
  patrols: 'Patrols', patrol: 'Patrol', 'on-site': 'On-site session', 'patrol-end': 'End the patrol', visit: 'At the point',
  point: 'Point', duty: 'Duty',
  account: 'Me', inbox: 'Messages', security: 'Sign-in and safety', invite: 'Invite somebody', away: 'While I am away', 'sign-in': 'Sign in', join: 'Join',
  triage: 'Triage', review: 'Review', cases: 'Cases', case: 'Case', leader: 'Overview', 'leader-figures': 'Figures', 'look-backs': 'Look-backs', 'leader-wall': 'Wall chart', admin: 'Settings', rosters: 'On duty', shift: 'Duty today', 'call-outs': 'Call-outs', daily: 'Daily sheets', 'daily-sheet': 'Daily sheet', documents: 'Papers', document: 'Paper', ledgers: 'Ledgers', cross: 'Cross-check', 'cross-task': 'Checklist', 'cross-take': 'Photograph a problem', 'cross-findings': 'Findings', 'cross-five': 'Five questions', 'cross-rounds': 'Cross-check rounds', 'cross-round': 'Cross-check round', missing: 'No such page',
} satisfies SameKeys<typeof zh>
