import { describe, expect, it } from 'vitest'
import { compare, edges, HEIGHT, WIDTH, zoomed } from './ghost-hint'

/** A street of blocks, drawn from a seed, seen with an offset. */
function scene(shift = 0, seed = 7): Float32Array {
  const out = new Float32Array(WIDTH * HEIGHT)
  let state = seed
  const random = () => ((state = (state * 1103515245 + 12345) % 2147483648) / 2147483648)
  for (let n = 0; n < 40; n++) {
    const [x0, y0, w, h, v] = [Math.floor(random() * 100) - 20 + shift, Math.floor(random() * HEIGHT), 4 + random() * 12, 4 + random() * 12, random() * 255]
    for (let y = y0; y < Math.min(HEIGHT, y0 + h); y++) for (let x = Math.max(0, x0); x < Math.min(WIDTH, x0 + w); x++) out[y * WIDTH + x] = v
  }
  return out
}

describe('the hint over the ghost', () => {
  it('says good where nothing moved, also under other light', () => {
    expect(compare(edges(scene()), edges(scene()))).toBe('good')
    expect(compare(edges(scene()), edges(scene().map((v) => v * 0.5 + 30)))).toBe('good')
  })
  it('says which way to turn', () => {
    expect(compare(edges(scene()), edges(scene(8)))).toBe('right')
    expect(compare(edges(scene()), edges(scene(-8)))).toBe('left')
  })
  it('says closer and back', () => {
    expect(compare(edges(scene()), edges(zoomed(scene(), 1.2)))).toBe('back')
    expect(compare(edges(scene()), edges(zoomed(scene(), 1 / 1.2)))).toBe('closer')
  })
  it('says nothing about another place', () => {
    expect(compare(edges(scene()), edges(scene(0, 991)))).toBe('off')
  })
})
