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
