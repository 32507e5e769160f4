/** Live updates: the server names what changed, and the queries that show it are fetched again. Polls where a stream cannot be kept. */
import type { QueryClient } from '@tanstack/vue-query'
import { ref } from 'vue'

export type LiveState = 'off' | 'live' | 'polling'
export const liveState = ref<LiveState>('off')
export const lastLiveAt = ref<number | null>(null)

interface LiveEvent {
  /** First part of a query key: 'issues', 'inbox', 'figures' … */
  topic?: string
  topics?: string[]
}

const POLL_MS = 30_000
const RETRY_MS = 60_000
let source: EventSource | null = null
let poll: ReturnType<typeof setInterval> | undefined
let retry: ReturnType<typeof setTimeout> | undefined

function heard(): void {
  lastLiveAt.value = Date.now()
}

function refresh(client: QueryClient, topics: string[]): void {
  heard()
  for (const topic of topics) void client.invalidateQueries({ queryKey: [topic] })
}

function startPolling(client: QueryClient): void {
  liveState.value = 'polling'
  poll ??= setInterval(() => {
    if (document.visibilityState === 'visible' && navigator.onLine) {
      heard()
      void client.invalidateQueries({ refetchType: 'active' })
    }
  }, POLL_MS)
  retry ??= setTimeout(() => {
    retry = undefined
    connect(client)
  }, RETRY_MS)
}

function stopPolling(): void {
  clearInterval(poll)
  clearTimeout(retry)
  poll = retry = undefined
}

function topicsOf(data: string): string[] {
  try {
    const event = JSON.parse(data) as LiveEvent
    return event.topics ?? (event.topic ? [event.topic] : [])
  } catch {
    return []
  }
}

function connect(client: QueryClient): void {
  source?.close()
  source = new EventSource('/api/stream')
  source.onopen = () => {
    stopPolling()
    liveState.value = 'live'
    heard()
  }
  source.onmessage = (event: MessageEvent<string>) => refresh(client, topicsOf(event.data))
  source.onerror = () => {
    if (source?.readyState === EventSource.CLOSED || navigator.onLine) startPolling(client)
  }
}

/** Desks call this while they are on screen; phones rely on focus and pull to refresh. */
export function startLive(client: QueryClient): () => void {
  connect(client)
  return () => {
    source?.close()
    source = null
    stopPolling()
    liveState.value = 'off'
  }
}
