/** Photos that belong to a step taken at the desk: sent before the step that names them. */
import { request } from '@/api/client'

export const ACCEPTED = 'image/jpeg,image/png,image/webp,image/heic,image/heif'

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Sends one file as it is and answers with what the step's body says of it. */
export async function sendPhoto(file: File): Promise<{ id: string; capture: 'album'; sha256: string }> {
  const id = crypto.randomUUID()
  const bytes = await file.arrayBuffer()
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const type = file.type || 'image/jpeg'
  await request('PUT', `/api/photos/${id}`, new Blob([bytes], { type }), {
    headers: { 'Content-Type': type, 'Content-Digest': `sha-256=:${btoa(String.fromCharCode(...digest))}:` },
    timeoutMs: 120_000,
  })
  return { id, capture: 'album', sha256: hex(digest) }
}
