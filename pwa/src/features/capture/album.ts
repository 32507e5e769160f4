/** Pictures from the album or the phone's own camera app: shrunk in a worker, or sent as they are. */
import { scriptUrl } from '@/core/trusted'
import workerUrl from './shrink.worker?worker&url'

export const ACCEPTED = ['image/jpeg', 'image/png', 'image/webp', 'image/heic', 'image/heif']
const WAIT_MS = 20_000

export interface Picked {
  bytes: ArrayBuffer
  type: string
}

let worker: Worker | null = null
let number = 0

function shrunk(file: Blob): Promise<ArrayBuffer | null> {
  worker ??= new Worker(scriptUrl(workerUrl), { type: 'module' })
  const mine = worker
  const id = ++number
  return new Promise((resolve) => {
    const done = (bytes: ArrayBuffer | null) => {
      clearTimeout(timer)
      mine.removeEventListener('message', heard)
      resolve(bytes)
    }
    const heard = (event: MessageEvent<{ id: number; bytes: ArrayBuffer | null }>) => {
      if (event.data.id === id) done(event.data.bytes)
    }
    const timer = setTimeout(() => done(null), WAIT_MS)
    mine.addEventListener('message', heard)
    mine.postMessage({ id, file })
  })
}

/** One chosen file ready to be sent. A picture this browser cannot open (HEIC on Android) goes as it is: the server decides. */
export async function prepare(file: File, original: boolean): Promise<Picked> {
  const type = file.type === 'image/heif' ? 'image/heic' : file.type || (/\.hei[cf]$/i.test(file.name) ? 'image/heic' : 'image/jpeg')
  const small = original ? null : await shrunk(file)
  if (small) return { bytes: small, type: 'image/jpeg' }
  return { bytes: await file.arrayBuffer(), type }
}
