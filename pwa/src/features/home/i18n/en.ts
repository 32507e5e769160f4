import type { SameKeys } from '@/core/i18n'
import type { zh } from './zh'

export const en = {
  title: 'Today',
  large: 'Aa',
  largeLabel: 'Large text',
  capture: 'Report a problem',
  reports: 'My reports',
  all: 'All',
  empty: 'No reports yet',
  emptyText: 'Rubbish, blocked paths: one photo is enough. We do the rest.',
  orders: '{n} order to fix||{n} orders to fix',
  install: 'Add to the home screen: opens without a network',
  pending: 'Waiting for your unit to confirm you. You can take photos now; they go out after that.',
} satisfies SameKeys<typeof zh>
