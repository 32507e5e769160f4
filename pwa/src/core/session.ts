/** Who is signed in on this device. Server state proper lives in vue-query; this is only what the shell must know at once. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { mustAsk } from './consent'
import { setTownZone } from './format'
import type { RoleCode } from './i18n/domain'

export interface UnitRef {
  id: string
  code: string
  name_zh: string
  name_en: string
  kind: string
}
/** What the navigation shows; every route of the server asks for itself what is allowed. */
export type Capability = 'may_report' | 'may_triage' | 'may_review' | 'may_lead' | 'may_configure' | 'may_manage_people' | 'may_administer' | 'may_audit' | 'is_unit'
export interface Me {
  id: string
  login: string | null
  name_zh: string
  name_en: string
  title: string
  phone: string | null
  locale: string
  /** pending: may capture and send, units do not see it until a supervisor confirms. */
  status: 'pending' | 'active' | 'disabled'
  is_pending: boolean
  has_password: boolean
  has_second_factor: boolean
  unit: UnitRef
  town: (UnitRef & { timezone: string; is_demo: boolean }) | null
  roles: { id: string; role: RoleCode; unit: UnitRef; until_on: string | null }[]
  capabilities: Capability[]
  session_id: string | null
  /** Missing in a record of an older version of this app, like the two below. */
  substitute_id?: string | null
  consent_version?: string | null
  consent_current?: string
  restore_epoch: number
  durable_through: string
}

const STORE = 'xf.me'

/** The last known person, so that an installed app opens without a network. Holds no secret: the cookie decides. */
function remembered(): Me | null {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? 'null') as Me | null
    // A record of an older version of this app may lack what this one reads.
    return Array.isArray(kept?.capabilities) && kept.unit ? kept : null
  } catch {
    return null
  }
}

/** What the service worker stored belongs to one person. */
function emptyStores(): void {
  navigator.serviceWorker?.controller?.postMessage({ type: 'sign-out' })
}

export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(remembered())
  /** The server said 401: work on the phone is kept, sending waits for a sign-in. */
  const expired = ref(false)

  /** Another consent text is in force than this person agreed to: nothing is sent until they have. */
  const consentDue = computed(() => mustAsk(me.value))
  /** The text is on show; any screen may open it. */
  const consentShown = ref(false)
  const signedIn = computed(() => me.value !== null && !expired.value)
  const roles = computed(() => new Set(me.value?.roles.map((held) => held.role) ?? []))

  function may(what: Capability): boolean {
    return me.value?.capabilities.includes(what) ?? false
  }
  function has(...wanted: RoleCode[]): boolean {
    return wanted.some((role) => roles.value.has(role))
  }

  function enter(next: Me): void {
    if (me.value && me.value.id !== next.id) emptyStores()
    me.value = next
    expired.value = false
    if (next.town?.timezone) setTownZone(next.town.timezone)
    try {
      localStorage.setItem(STORE, JSON.stringify(next))
    } catch {
      // Without storage the next start asks the server again.
    }
  }

  /** Forgets the person and empties what the service worker stored for them. */
  function leave(): void {
    me.value = null
    expired.value = false
    localStorage.removeItem(STORE)
    emptyStores()
  }

  function expire(): void {
    if (me.value) expired.value = true
  }

  if (me.value?.town?.timezone) setTownZone(me.value.town.timezone)
  return { me, expired, consentDue, consentShown, signedIn, roles, may, has, enter, leave, expire }
})
