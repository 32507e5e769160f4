/** A long list beside a desk is one stop of the Tab key: the arrows go from row to row, Enter opens one. */
const STEPS: Record<string, (at: number, last: number) => number> = { ArrowDown: (at, last) => Math.min(at + 1, last), ArrowUp: (at) => Math.max(at - 1, 0), Home: () => 0, End: (_at, last) => last }

/** For `@keydown` of the list; `rows` are the controls that open a row, of which only the current one is tabbable. */
export function rove(event: KeyboardEvent, rows: string): void {
  const step = STEPS[event.key]
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(rows)]
  const row = (event.target as HTMLElement).closest('li, .ir')
  const at = all.findIndex((one) => row?.contains(one))
  if (!step || at < 0) return
  event.preventDefault()
  event.stopPropagation()
  all[step(at, all.length - 1)]?.focus()
}

/** Which rows Tab stops at: the current one; the first, while none is current. */
export const tabStop = (id: string, current: string | null, first: string | undefined) => (id === (current ?? first) ? undefined : -1)
