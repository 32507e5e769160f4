/** Which way to move to stand where the before photo was taken: small edge pictures slid over one another. A hint, never a judge. */
export type GhostHint = 'left' | 'right' | 'closer' | 'back' | 'good' | 'off'

export const WIDTH = 64
export const HEIGHT = 48
const MOST_SHIFT = 14
/** Below this correlation the two views have too little in common to say anything. */
const SURE = 0.35
/** A shift of this many columns (of 64) is worth moving for. */
const WORTH = 4

/** Edge strength of a grey picture, mean 0, length 1; light and exposure drop out. */
export function edges(grey: Float32Array): Float32Array {
  const out = new Float32Array(WIDTH * HEIGHT)
  for (let y = 1; y < HEIGHT - 1; y++)
    for (let x = 1; x < WIDTH - 1; x++) {
      const i = y * WIDTH + x
      out[i] = Math.hypot(grey[i + 1]! - grey[i - 1]!, grey[i + WIDTH]! - grey[i - WIDTH]!)
    }
  const mean = out.reduce((sum, v) => sum + v, 0) / out.length
  let length = 0
  for (let i = 0; i < out.length; i++) {
    out[i]! -= mean
    length += out[i]! * out[i]!
  }
  length = Math.sqrt(length) || 1
  return out.map((v) => v / length)
}

/** Grey values 0..255 of RGBA pixels of a WIDTH × HEIGHT picture. */
export function grey(rgba: Uint8ClampedArray): Float32Array {
  const out = new Float32Array(WIDTH * HEIGHT)
  for (let i = 0; i < out.length; i++) out[i] = 0.299 * rgba[4 * i]! + 0.587 * rgba[4 * i + 1]! + 0.114 * rgba[4 * i + 2]!
  return out
}

/** The picture as seen `scale` times closer, nearest neighbour. */
export function zoomed(picture: Float32Array, scale: number): Float32Array {
  const out = new Float32Array(picture.length)
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) {
      const sx = Math.round((x - WIDTH / 2) / scale + WIDTH / 2)
      const sy = Math.round((y - HEIGHT / 2) / scale + HEIGHT / 2)
      if (sx >= 0 && sx < WIDTH && sy >= 0 && sy < HEIGHT) out[y * WIDTH + x] = picture[sy * WIDTH + sx]!
    }
  return out
}

function correlation(a: Float32Array, b: Float32Array, dx: number, dy: number): number {
  let sum = 0
  let aa = 0
  let bb = 0
  for (let y = Math.max(0, dy); y < Math.min(HEIGHT, HEIGHT + dy); y++)
    for (let x = Math.max(0, dx); x < Math.min(WIDTH, WIDTH + dx); x++) {
      const p = a[y * WIDTH + x]!
      const q = b[(y - dy) * WIDTH + x - dx]!
      sum += p * q
      aa += p * p
      bb += q * q
    }
  return sum / (Math.sqrt(aa * bb) || 1)
}

/** Compares the edges of the before photo with what the camera sees now. */
export function compare(before: Float32Array, now: Float32Array): GhostHint {
  let best = { value: -1, dx: 0, scale: 1 }
  for (const scale of [1, 1.2, 1 / 1.2]) {
    const seen = scale === 1 ? before : zoomed(before, scale)
    for (let dy = -6; dy <= 6; dy += 2)
      for (let dx = -MOST_SHIFT; dx <= MOST_SHIFT; dx++) {
        const value = correlation(now, seen, dx, dy)
        if (value > best.value) best = { value, dx, scale }
      }
  }
  if (best.value < SURE) return 'off'
  // What stood in the middle now stands to the right: the phone points too far left.
  if (best.dx >= WORTH) return 'right'
  if (best.dx <= -WORTH) return 'left'
  if (best.scale > 1) return 'back'
  return best.scale < 1 ? 'closer' : 'good'
}
