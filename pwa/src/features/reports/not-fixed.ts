/** "没修好" as a command with at most one photo, through the outbox. */
import { commandBody, type Target } from '@/core/commands'
import { addPhoto, beginDraft, discardDraft, finish } from '@/core/outbox'
import { offsetSeconds, preparePhoto } from '@/features/capture'

export async function sendNotFixed(issue: Target, text: string, file: File | null, label: string): Promise<void> {
  const draft = await beginDraft('command', { action: 'not_fixed', target: issue.id }, label)
  try {
    const photos: Record<string, unknown>[] = []
    if (file) {
      const { bytes, type } = await preparePhoto(file, false)
      const id = await addPhoto(draft.id, 'site', bytes, type)
      photos.push({ id, captured_at: new Date().toISOString(), clock_offset_seconds: offsetSeconds(), capture: 'camera' })
    }
    await finish(draft.id, commandBody('not_fixed', issue, { text, photos }, 0), label)
  } catch (error) {
    await discardDraft(draft.id)
    throw error
  }
}
