import type { SameKeys } from '@/core/i18n'
import type { zh } from './zh'

export const en = {
  needed: 'needed',
  choose: 'Please choose',
  none: 'Not set',
  why: {
    missing: 'Please fill this in',
    too_short: 'Too short',
    too_long: 'Too long',
    in_the_past: 'This time has passed',
    not_later: 'Must be later than the present deadline',
    unknown_person: 'No such person in this town',
    unknown_unit: 'No such unit',
    unknown_point: 'No such point',
    unknown_category: 'No such category',
    nothing_changed: 'Nothing was changed',
    invalid: 'Not valid',
  },
  pattern: 'Letters, digits and . _ - only',
  json: 'This is not valid GeoJSON',
} satisfies SameKeys<typeof zh>
