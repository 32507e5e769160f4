/** Large pictures that will be needed without a network: the before photos of opened orders, for the ghost.
 *
 * Only pages name them; the service worker answers with them where the network fails. Kept under the path without its
 * signature, at most MOST of them, and emptied with everything else at sign-out.
 */
export const LARGE = 'xf-large-v1'
const MOST = 24

/** Fetches what is not kept yet. A failure only means that the small picture is shown. */
export async function keepLarge(urls: readonly string[]): Promise<void> {
  // Without the worker nobody would empty it at sign-out, or answer from it.
  if (!navigator.serviceWorker?.controller || !navigator.onLine) return
  try {
    const cache = await caches.open(LARGE)
    for (const url of urls) {
      const path = new URL(url, location.href).pathname
      if (await cache.match(path)) continue
      const answer = await fetch(url)
      // The server says no-store, for browsers; this store is ours, bounded, and emptied with the session.
      if (answer.ok && answer.headers.get('Content-Type')?.startsWith('image/')) await cache.put(path, new Response(await answer.blob()))
    }
    const keys = await cache.keys()
    await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST)).map((old) => cache.delete(old)))
  } catch {
    // No room, no network: the thumb is there.
  }
}
