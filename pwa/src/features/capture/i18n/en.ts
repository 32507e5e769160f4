import type { SameKeys } from '@/core/i18n'
import type { zh } from './zh'

export const en = {
  title: 'Report a problem', afterTitle: 'After photo', viewfinder: 'Viewfinder', starting: 'Opening the camera', refused: 'No permission for the camera', refusedHint: 'Allow the camera in the browser settings, or pick photos with the button below.',
  missing: 'The camera does not open', missingHint: 'Use the button below to take or pick photos; the report works all the same.', torch: 'Torch', shutter: 'Take photo', pick: 'Take or pick photos', close: 'Close; the draft stays',
  onSpot: 'Fixed on the spot', onSpotHint: 'Already done? Take the after photo next', next: 'Next', twoViews: 'One wide, one close', afterOf: '{n} of {total}', stand: 'Stand where it was taken', standHint: 'Line up the wall and the kerb',
  now: 'Now', before: 'Before', opacity: 'Strength of the before photo', hold: 'Hold to see the before photo', ghostAlt: 'Before photo over the viewfinder',
  hint: { left: 'A little left', right: 'A little right', closer: 'A little closer', back: 'A step back', good: 'Right here' },
  done: 'Done', taken: '{n} photo taken||{n} photos taken', takeOut: 'Take out photo {n}', tookOut: 'Photo taken out', enough: 'At most {n} photos', resumed: 'Going on with the unfinished report',
  stale: { title: '{n} photo is left from before||{n} photos are left from before', text: 'Taken {time}. If it is the same matter, go on; if you begin a new one, they stay on this phone.', anew: 'New report' },
  leave: { title: 'Stop here?', text: 'The photos can stay on this phone for next time.', keep: 'Keep for later', discard: 'Discard' },
  discard: { title: 'Delete {n} photo?||Delete {n} photos?', text: 'It cannot be undone.', ok: 'Delete', cancel: 'Keep' },
  full: { title: 'This phone is full', text: 'Wait before you walk on. Let the unsent photos go out or free some space. Everything taken so far is safe.', outbox: 'See what is not sent' },
  confirm: 'Check and save', more: 'One more photo', what: 'What is wrong', searchHint: 'Search: rubbish, parking, stairs…', recent: 'Recent', noCategory: 'Nothing for “{text}”. Try another word', sentence: 'One sentence', optional: ' (optional)',
  save: 'Save', saveOffline: 'No network: kept on this phone, sends by itself', saveOnline: 'Saved at once, sent in the background', kept: 'Saved; sends when online', onItsWay: 'Saved; sending', witness: 'Added you as witness; no new case',
  need: { category: 'Choose what is wrong', point: 'No position: pick the point', farReason: 'Far from the point: say why', notOnSpot: 'This kind cannot be closed on the spot; switch that off' },
  farAsk: 'A bit far from the point. Why?', far: { rough: 'Position is rough', opposite: 'Taken from across', indoors: 'Indoors, no signal' },
  fixedBy: 'Who fixed it', bySelf: 'I did', byOther: 'Somebody there',
  nearby: '{n} like this nearby', away: '{d} away · {t}', same: 'Same one',
  pickPoint: 'Pick the point', list: 'List', map: 'Map', pointSearch: 'Search points', noPointFound: 'No such point', noPoints: 'Points are not here yet; open once while online', key: 'key', inside: 'inside', none: 'No point here',
  outbox: 'Not sent', outboxEmpty: 'All sent', outboxEmptyText: 'Everything you took has arrived.', offlineTitle: 'No network', offlineText: 'The photos are safe on this phone. They send by themselves; keep taking photos.',
  signIn: 'Please sign in again', signInText: 'The photos are on this phone. Sending goes on after you sign in.', signInGo: 'Sign in', consent: 'Please read the consent text', consentText: 'There is a new one. All photos are safe on this phone and go once you agree.', consentGo: 'Read it', waitingFor: '{n} report · {p} photos||{n} reports · {p} photos',
  st: { queued: 'Waiting for the network', sending: 'Sending', parked: 'Needs a look', acked: 'Sent', ackedNo: 'Sent, no. {no}', draft: 'Not finished' }, photosN: '{n} photo||{n} photos', justSent: 'Just sent',
  sendNow: 'Send now', again: 'Send again', giveUp: 'Discard', giveUpTitle: 'Delete this one?', giveUpText: 'It has not arrived; deleting cannot be undone. You can export a copy first.', backup: 'Export a copy', backupDone: 'Copy saved', goOn: 'Go on',
} satisfies SameKeys<typeof zh>
