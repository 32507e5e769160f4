/** The calls of the outbox. Each resolves only with an answer that is ours and echoes what was sent. */
import { request } from '@/api/client'
import type { OutboxItem, OutboxPhoto } from './store'

interface PhotoEcho {
  id: string
  sha256: string
  size: number
  received_at: string
}
export interface Receipt {
  report_id: string
  state: 'incomplete' | 'complete' | 'attached'
  received_at: string
  photos: { expected: number; received: number; missing: string[] }
  issue: { id: string; no: number | null } | null
  restore_epoch: number
  durable_through: string
}
export interface CommandAnswer {
  command_id: string
  received_at: string
  issue: { id: string; no: number | null } | null
}

/** An answer came, but not from our server: a captive portal, a proxy's page. Nothing is believed. */
export class NotOurs extends Error {}

function base64(hex: string): string {
  return btoa(String.fromCharCode(...(hex.match(/../g) ?? []).map((pair) => parseInt(pair, 16))))
}

export async function sha256Hex(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Resolves with the moment the server received it. */
export async function putPhoto(photo: OutboxPhoto, bytes: ArrayBuffer, signal: AbortSignal): Promise<string> {
  const { data } = await request<PhotoEcho>('PUT', `/api/photos/${photo.id}`, new Blob([bytes], { type: photo.type }), {
    headers: { 'Content-Type': photo.type, 'Content-Digest': `sha-256=:${base64(photo.sha256)}:` },
    timeoutMs: 120_000,
    signal,
  })
  if (data?.id !== photo.id || data.sha256 !== photo.sha256) throw new NotOurs('the photo was not echoed')
  return data.received_at
}

/** Which of these photos the server still needs after a broken line. */
export async function neededPhotos(photos: OutboxPhoto[], signal: AbortSignal): Promise<Set<string>> {
  const items = photos.map(({ id, sha256, size }) => ({ id, sha256, size }))
  const { data } = await request<{ items: { id: string; status: string }[] }>('POST', '/api/photos/check', { items }, { signal })
  if (!Array.isArray(data?.items)) throw new NotOurs('no list of photos')
  return new Set(data.items.filter((item) => item.status !== 'have').map((item) => item.id))
}

export async function putReport(item: OutboxItem, signal: AbortSignal): Promise<Receipt> {
  const { data } = await request<Receipt>('PUT', `/api/reports/${item.id}`, item.body, { timeoutMs: 60_000, signal })
  if (data?.report_id !== item.id || !data.photos) throw new NotOurs('the report was not echoed')
  return data
}

export async function putCommand(item: OutboxItem, signal: AbortSignal): Promise<CommandAnswer> {
  const { data } = await request<CommandAnswer>('PUT', `/api/commands/${item.id}`, item.body, { timeoutMs: 60_000, signal })
  if (data?.command_id !== item.id) throw new NotOurs('the command was not echoed')
  return data
}

/** Anything else a phone keeps under an id of its own: a patrol, a visit, a finding. Resolves with the moment it was received. */
export async function putRecord(item: OutboxItem, signal: AbortSignal): Promise<string> {
  const to = item.to ?? { path: '', echo: '' }
  const { data } = await request<{ id: string; received_at: string }>('PUT', to.path, item.body, { timeoutMs: 60_000, signal })
  if (data?.id !== to.echo || !data.received_at) throw new NotOurs('the record was not echoed')
  return data.received_at
}

/** What the server says of its backups: after a restore the epoch changes and phones offer again what they kept. */
export async function durability(signal: AbortSignal): Promise<{ restore_epoch: number; durable_through: string }> {
  return (await request<{ restore_epoch: number; durable_through: string }>('GET', '/api/me', undefined, { signal })).data
}
