/** Shrinks one chosen picture off the main thread. Answers null where this browser cannot; then the original is sent. */
const LONGEST_SIDE = 2048
const QUALITY = 0.8

self.onmessage = async (event: MessageEvent<{ id: number; file: Blob }>) => {
  const { id, file } = event.data
  const bytes = await shrunk(file).catch(() => null)
  self.postMessage({ id, bytes }, { transfer: bytes ? [bytes] : [] })
}

async function shrunk(file: Blob): Promise<ArrayBuffer | null> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' })
  try {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height))
    const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale))
    canvas.getContext('2d')!.drawImage(picture, 0, 0, canvas.width, canvas.height)
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY })
    return await blob.arrayBuffer()
  } finally {
    picture.close()
  }
}
