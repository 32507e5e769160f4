/** A sheet of reasons for the keyboard: 1–9 choose one, Enter sends. Not while something is typed. */
export function byDigit(event: KeyboardEvent, count: number, choose: (index: number) => void, send: () => void): void {
  const target = event.target as HTMLElement
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || target.closest('textarea, input:not([type=radio])')) return
  const index = Number(event.key) - 1
  if (/^[1-9]$/.test(event.key) && index < count) choose(index)
  // On a button Enter presses that one; a radio's own Enter sends the form already.
  else if (event.key === 'Enter' && !target.closest('button, a, input')) send()
  else return
  event.preventDefault()
}
