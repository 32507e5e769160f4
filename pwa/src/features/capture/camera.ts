/** The phone's camera: open, shoot to JPEG bytes, torch. `capture` of a file input is the fall-back, never proof. */
export const LONGEST_SIDE = 2048
export const QUALITY = 0.8

export type CameraState = 'starting' | 'ready' | 'refused' | 'missing'

/** The back camera at its best resolution. Throws what getUserMedia throws. */
export function openCamera(): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: { ideal: 'environment' }, width: { ideal: 2560 }, height: { ideal: 1920 } },
  })
}

export function closeCamera(stream: MediaStream | null): void {
  stream?.getTracks().forEach((track) => track.stop())
}

/** Why the camera did not open: refused by the person, or not there (no camera, no HTTPS, busy). */
export function whyNot(error: unknown): CameraState {
  return (error as DOMException | null)?.name === 'NotAllowedError' ? 'refused' : 'missing'
}

function toBlob(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/jpeg', QUALITY))
}

/** What the viewfinder shows, as JPEG of at most 2048 px, quality 80. `full` keeps the camera's own size. */
export async function shoot(video: HTMLVideoElement, full: boolean): Promise<{ bytes: ArrayBuffer; url: string }> {
  const { videoWidth: w, videoHeight: h } = video
  if (!w || !h) throw new Error('the camera gives no picture')
  const scale = full ? 1 : Math.min(1, LONGEST_SIDE / Math.max(w, h))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(w * scale)
  canvas.height = Math.round(h * scale)
  canvas.getContext('2d')!.drawImage(video, 0, 0, canvas.width, canvas.height)
  const blob = await toBlob(canvas)
  return { bytes: await blob.arrayBuffer(), url: URL.createObjectURL(blob) }
}

interface TorchTrack extends MediaTrackCapabilities {
  torch?: boolean
}
export function hasTorch(stream: MediaStream): boolean {
  const track = stream.getVideoTracks()[0]
  return Boolean((track?.getCapabilities?.() as TorchTrack | undefined)?.torch)
}
export async function setTorch(stream: MediaStream, on: boolean): Promise<void> {
  await stream.getVideoTracks()[0]?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] })
}
