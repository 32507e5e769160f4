/** Boxes over a photo, in ten-thousandths of its width and height. */
import type { Schemas } from '@/api/call'

export type Box = Schemas['Box']
export interface Spot { x: number; y: number }
export const WHOLE = 10_000
/** What is smaller in both directions was a slip of the finger. */
export const LEAST = 120
const within = (value: number, least: number, most: number) => Math.round(Math.min(Math.max(value, least), Math.max(least, most)))

/** The box between two corners, whichever way it was drawn. */
export function between(a: Spot, b: Spot): Box {
  const [x, y] = [within(Math.min(a.x, b.x), 0, WHOLE - 1), within(Math.min(a.y, b.y), 0, WHOLE - 1)]
  return { x, y, width: within(Math.max(a.x, b.x) - x, 1, WHOLE - x), height: within(Math.max(a.y, b.y) - y, 1, WHOLE - y) }
}
export function moved(box: Box, dx: number, dy: number): Box {
  return { ...box, x: within(box.x + dx, 0, WHOLE - box.width), y: within(box.y + dy, 0, WHOLE - box.height) }
}
export function resized(box: Box, dx: number, dy: number): Box {
  return { ...box, width: within(box.width + dx, LEAST, WHOLE - box.x), height: within(box.height + dy, LEAST, WHOLE - box.y) }
}
export const isSlip = (box: Box) => box.width < LEAST && box.height < LEAST
/** What a key does to a box: null removes it, undefined is not for boxes. */
export function byKey(box: Box, key: string, shift: boolean): Box | null | undefined {
  const by = { ArrowLeft: [-100, 0], ArrowRight: [100, 0], ArrowUp: [0, -100], ArrowDown: [0, 100] }[key] as [number, number] | undefined
  if (by) return shift ? resized(box, ...by) : moved(box, ...by)
  return key === 'Delete' || key === 'Backspace' ? null : undefined
}
