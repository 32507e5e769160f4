/** Icon and token of each of the ten states; the word comes from core/i18n/domain. */
import type { StateCode } from '@/core/i18n/domain'
import type { IconName } from './icons'

export const stateIcons: Record<StateCode, IconName> = {
  submitted: 'inbox',
  dispatched: 'send',
  rectifying: 'wrench',
  coordinating: 'people',
  deferred: 'pause',
  in_review: 'compare',
  closed: 'checkc',
  rejected: 'ban',
  merged: 'merge',
  voided: 'void',
}
