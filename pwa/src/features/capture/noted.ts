/** Photos of a record that is no report: taken, sent and named as the server wants them. */
import { sendRecord, sendWord } from '@/core/records'
import type { Shot } from './CameraView.vue'

export interface NotedShot extends Shot {
  captured_at: string
}
type Body = Record<string, unknown>

const taken = (shots: readonly NotedShot[], role: 'site' | 'after') => shots.map(({ bytes, type }) => ({ role, bytes, type }))
const named = (ids: readonly string[], shots: readonly NotedShot[]) => ids.map((id, n) => ({ id, captured_at: shots[n]!.captured_at, capture: shots[n]!.capture }))

/** One record with its photos; resolves with its id when all of it is safe on this phone. */
export function sendNoted(base: string, body: Body, label: string, shots: readonly NotedShot[]): Promise<string> {
  return sendRecord(base, body, label, taken(shots, 'site'), (ids) => (ids.length ? { ...body, photos: named(ids, shots) } : body))
}

/** A later word with photos, under an id of its own: a to-do done. */
export function sendNotedWord(path: string, about: string, body: Body, label: string, shots: readonly NotedShot[]): Promise<void> {
  return sendWord(path, about, body, label, taken(shots, 'after'), (ids, id) => ({ ...body, id, photos: named(ids, shots) }))
}
