// @vitest-environment happy-dom
/** A page may be killed between any two writes: nothing that was kept is out of sight afterwards. */
import 'fake-indexeddb/auto'
import { expect, it, vi } from 'vitest'
import * as outbox from '@/core/outbox'
import { useReportDraft } from './report-draft'

const shot = () => ({ bytes: new TextEncoder().encode(`picture ${Math.random()}`).buffer as ArrayBuffer, type: 'image/jpeg', url: 'blob:1', capture: 'camera' as const })

it('shows a photo again whose page was killed before it could say more than the bytes', async () => {
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => 'blob:2', revokeObjectURL: () => undefined }))
  await outbox.signedInAs('me')
  const killed = useReportDraft()
  await killed.begin()
  await killed.add('before', shot(), null)
  const half = await outbox.addPhoto(killed.draft.id!, 'after', shot().bytes, 'image/jpeg')

  const later = useReportDraft()
  await later.begin()
  expect(later.draft.resumed).toBe(true)
  expect(later.draft.photos.map(({ id, role }) => [id === half, role])).toEqual([[false, 'before'], [true, 'after']])
})

it('puts a photo back that was taken out by mistake, and lets go of it only when the time for that is over', async () => {
  const report = useReportDraft()
  await report.begin(() => false)
  await report.add('before', shot(), null)
  await report.add('before', shot(), null)
  const [first, second] = report.draft.photos.map(({ id }) => id)
  report.takeOut(first!)!.back()
  expect(report.draft.photos.map(({ id }) => id)).toEqual([first, second])
  const taken = report.takeOut(first!)!
  await report.keep()
  expect(await outbox.bytesOf(first!)).not.toBeNull()
  taken.gone()
  await report.keep()
  expect([await outbox.bytesOf(first!), (await outbox.getItem(report.draft.id!))!.photos.map(({ id }) => id)]).toEqual([null, [second]])
})

it('begins anew where the old one is another matter, which is found again by its id', async () => {
  const old = useReportDraft()
  await old.begin()
  await old.add('before', shot(), null)
  const { id } = old.draft
  const anew = useReportDraft()
  await anew.begin(() => false)
  expect([anew.draft.resumed, anew.draft.id === id]).toEqual([false, false])
  const back = useReportDraft()
  await back.begin(() => true, id!)
  expect([back.draft.id, back.draft.resumed]).toEqual([id, true])
})

it('keeps on keeping after one write failed, and says that the phone is full', async () => {
  const report = useReportDraft()
  await report.begin()
  const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementationOnce(() => { throw new DOMException('no room', 'QuotaExceededError') })
  await expect(report.keep()).rejects.toBeInstanceOf(outbox.CannotSave)
  put.mockRestore()
  report.draft.facts.description = 'after all'
  await report.keep()
  expect((await outbox.getItem(report.draft.id!))!.body).toMatchObject({ facts: { description: 'after all' } })
})
