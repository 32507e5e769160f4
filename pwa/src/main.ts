import './core/tokens.css'
import './core/base.css'
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp, watch } from 'vue'
import { call } from './api/call'
import { OfflineError, onUnauthorised, ProblemError } from './api/client'
import App from './app/App.vue'
import { lost } from './app/lost'
import { router } from './app/router'
import { registerWorker } from './app/update'
import { breathe, whenIdle } from './core/later'
import { usePrefs } from './core/prefs'
import { useSession } from './core/session'

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      gcTime: 60 * 60_000,
      // The service worker answers from its store when the network does not: always ask.
      networkMode: 'always',
      retry: (failures, error) => !(error instanceof ProblemError && error.status < 500) && !(error instanceof OfflineError) && failures < 2,
    },
    mutations: { networkMode: 'always', retry: false },
  },
})

const app = createApp(App).use(createPinia()).use(VueQueryPlugin, { queryClient })
const session = useSession()

onUnauthorised(() => session.expire())
// What one person has read is not shown to the next.
watch(() => session.me?.id, (_now, before) => before !== undefined && queryClient.clear())

/** The shell opens with the person it remembers; the server's word follows. */
async function refreshMe(): Promise<void> {
  try {
    session.enter(await call('get', '/api/me'))
  } catch (error) {
    if (!(error instanceof OfflineError) && !(error instanceof ProblemError)) throw error
  }
}

/** Sending starts with the app, follows the signed-in person and waits for nobody to open a screen. */
async function startOutbox(): Promise<void> {
  const outbox = await import('./core/outbox')
  watch(() => session.consentDue, (due) => void outbox.holdForConsent(due), { immediate: true })
  let known = false
  // The server asks for a consent that this app has not heard of: ask it who we are.
  outbox.subscribe(({ ended, lost: gone }) => {
    lost.value = gone
    if (ended === 'consent' && !known && !session.consentDue) void refreshMe()
    known = ended === 'consent'
  })
  outbox.start()
  // An expired session keeps its outbox in sight; a sign-in wakes the sender.
  watch(() => [session.me?.id ?? null, session.expired] as const, ([id]) => void outbox.signedInAs(id), { immediate: true })
}

/** In short steps, so that a slow phone paints and answers between them. */
async function start(): Promise<void> {
  await usePrefs().start()
  await breathe()
  // Nobody remembered, nobody signed in: a first visit asks nothing that would be refused.
  const asked = session.me ? refreshMe() : null
  app.use(router)
  await router.isReady().catch(() => undefined)
  await breathe()
  app.mount('#app')
  await breathe()
  void startOutbox()
  await asked
  whenIdle(() => void registerWorker())
}

void start()
