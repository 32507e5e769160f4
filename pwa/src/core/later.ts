/** The first seconds on a slow phone: one long task is cut into short ones, and what nobody sees yet waits for the paint. */

/** Gives way to input and painting, then goes on soon. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

/** Runs once the browser has nothing better to do; at the latest after `atMostMs`. */
export function whenIdle(run: () => void, atMostMs = 2000): void {
  // Safari has no idle callback.
  if ('requestIdleCallback' in globalThis) requestIdleCallback(run, { timeout: atMostMs })
  else setTimeout(run, Math.min(200, atMostMs))
}
