/** Moving in a list of a desk. Pure: the screens hold the list and the current id. */
interface Entry { id: string }

/** The entry `by` steps from `id`; stays at the ends. Where `id` is not in the list: the first. */
export function step<T extends Entry>(items: readonly T[], id: string | null, by: number): string | null {
  if (items.length === 0) return null
  const at = items.findIndex((item) => item.id === id)
  if (at < 0) return items[0]!.id
  return items[Math.min(items.length - 1, Math.max(0, at + by))]!.id
}

/** Where to go when `id` leaves the list: the one after it, at the end the one before. */
export function after<T extends Entry>(items: readonly T[], id: string | null): string | null {
  const at = items.findIndex((item) => item.id === id)
  const rest = items.filter((item) => item.id !== id)
  if (rest.length === 0) return null
  return rest[Math.min(Math.max(at, 0), rest.length - 1)]!.id
}

/** Everything between two entries, both included. */
export function range<T extends Entry>(items: readonly T[], from: string | null, to: string): string[] {
  const end = items.findIndex((item) => item.id === to)
  const start = items.findIndex((item) => item.id === from)
  if (end < 0) return []
  if (start < 0) return [to]
  return items.slice(Math.min(start, end), Math.max(start, end) + 1).map((item) => item.id)
}
