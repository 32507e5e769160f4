import { expect, it } from 'vitest'
import { placeOf } from './inbox'

const all = () => true

it('leads each person to the own side of the case', () => {
  expect(placeOf({ kind: 'report_closed', issue_id: 'x' }, true, all)).toMatchObject({ name: 'report', query: { case: '1' } })
  expect(placeOf({ kind: 'order_new', issue_id: 'x' }, true, all)).toMatchObject({ name: 'order' })
  expect(placeOf({ kind: 'request_new', issue_id: 'x' }, false, all)).toMatchObject({ name: 'case' })
})

it('leads to the daily sheet that it tells of D18', () => {
  expect(placeOf({ kind: 'daily_sheet', issue_id: null, params: { sheet: 's' } }, true, all)).toMatchObject({ name: 'daily-sheet', params: { id: 's' } })
})

it('leads to the paper that it tells of D04', () => {
  expect(placeOf({ kind: 'document', issue_id: null, params: { document: 'd' } }, true, all)).toMatchObject({ name: 'document', params: { id: 'd' } })
})

it('leads nowhere once the case is out of sight', () => {
  expect(placeOf({ kind: 'order_new', issue_id: null }, true, all)).toBeNull()
})
