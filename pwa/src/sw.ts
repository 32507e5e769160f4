/// <reference lib="webworker" />
/** Service worker: the shell from its store, lists from the network with the store behind it. It never keeps or repeats a POST or PUT. */
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute, type PrecacheEntry } from 'workbox-precaching'

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (PrecacheEntry | string)[] }

const LISTS = 'xf-lists-v1'
const REFERENCE = 'xf-reference-v1'
const THUMBS = 'xf-thumbs-v1'
/** Filled by pages (core/large.ts), read here. */
const LARGE = 'xf-large-v1'
const MINE = [LISTS, REFERENCE, THUMBS, LARGE]
const LIST_TIMEOUT_MS = 4000
const THUMB_LIMIT = 600

precacheAndRoute(self.__WB_MANIFEST)
cleanupOutdatedCaches()
const shell = createHandlerBoundToURL('/index.html')

/** A copy that says when it was fetched, so that the page can say "8:50 存下的". */
async function keep(cacheName: string, key: Request | string, response: Response): Promise<void> {
  const headers = new Headers(response.headers)
  headers.set('X-Stored-At', new Date().toISOString())
  const copy = new Response(await response.blob(), { status: 200, headers })
  await (await caches.open(cacheName)).put(key, copy)
}

function keepable(response: Response, type: string): boolean {
  const kind = response.headers.get('Content-Type') ?? ''
  // A captive portal answers 200 with HTML; that is not our list.
  return response.status === 200 && kind.includes(type)
}

async function networkFirst(request: Request): Promise<Response> {
  const cache = await caches.open(LISTS)
  const fresh = fetch(request).then(async (response) => {
    if (keepable(response, 'json')) await keep(LISTS, request, response.clone())
    return response
  })
  const stored = await cache.match(request)
  if (!stored) return fresh
  const late = new Promise<Response>((resolve) => setTimeout(() => resolve(stored), LIST_TIMEOUT_MS))
  return Promise.race([fresh.catch(() => stored), late])
}

async function staleWhileRevalidate(request: Request, event: FetchEvent): Promise<Response> {
  const stored = await (await caches.open(REFERENCE)).match(request)
  const fresh = fetch(request).then(async (response) => {
    if (keepable(response, 'json')) await keep(REFERENCE, request, response.clone())
    return response
  })
  if (!stored) return fresh
  event.waitUntil(fresh.catch(() => undefined))
  return stored
}

/** Thumbnails are kept under their path without the signature, which expires. */
async function cacheFirst(request: Request): Promise<Response> {
  const cache = await caches.open(THUMBS)
  const key = new URL(request.url).pathname
  const stored = await cache.match(key)
  if (stored) return stored
  const response = await fetch(request)
  if (keepable(response, 'image/')) {
    await keep(THUMBS, key, response.clone())
    const keys = await cache.keys()
    await Promise.all(keys.slice(0, Math.max(0, keys.length - THUMB_LIMIT)).map((old) => cache.delete(old)))
  }
  return response
}

/** Never stored by itself: only what a page has kept is there when the network is not. */
async function networkThenKept(request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch (offline) {
    const kept = await (await caches.open(LARGE)).match(new URL(request.url).pathname)
    if (kept) return kept
    throw offline
  }
}

function isList(path: string): boolean {
  return /^\/api\/(me|my|issues|review|inbox|figures|map|dispatch|patrols|teams|shifts\/mine|call-outs|cross\/mine|cross\/envelope)(\/|$)/.test(path)
}

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  if (request.mode === 'navigate' && !url.pathname.startsWith('/api/')) {
    event.respondWith(shell({ event, request, url }))
  } else if (/^\/api\/media\/.+\/thumb$/.test(url.pathname)) {
    event.respondWith(cacheFirst(request))
  } else if (/^\/api\/media\/.+\/large$/.test(url.pathname)) {
    event.respondWith(networkThenKept(request))
  } else if (/^\/api\/(points|standards|grids|categories|point-types)(\/|$)/.test(url.pathname)) {
    event.respondWith(staleWhileRevalidate(request, event))
  } else if (isList(url.pathname)) {
    event.respondWith(networkFirst(request))
  }
})

self.addEventListener('message', (event) => {
  const { type } = (event.data ?? {}) as { type?: string }
  if (type === 'activate') void self.skipWaiting()
  if (type === 'sign-out') event.waitUntil(Promise.all(MINE.map((name) => caches.delete(name))))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim())
})
