/** Rescue: everything on this phone as one zip, readable without us: JSON beside plain pictures. */
import { zip, type Zippable } from 'fflate'
import { allItems, bytesOf } from '@/core/outbox'

const ENDINGS: Record<string, string> = { 'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp', 'image/heic': 'heic' }

/** The zip's bytes: one folder an item with item.json and its photos. */
export async function rescueZip(): Promise<Uint8Array> {
  const files: Zippable = {}
  for (const item of await allItems()) {
    const folder = `${new Date(item.createdAt).toISOString().slice(0, 10)}-${item.id}`
    files[`${folder}/item.json`] = new TextEncoder().encode(JSON.stringify(item, null, 2))
    for (const photo of item.photos) {
      const bytes = await bytesOf(photo.id)
      if (bytes) files[`${folder}/${photo.role}-${photo.id}.${ENDINGS[photo.type] ?? 'bin'}`] = [new Uint8Array(bytes), { level: 0 }]
    }
  }
  return new Promise((resolve, reject) => zip(files, (error, data) => (error ? reject(error) : resolve(data))))
}
