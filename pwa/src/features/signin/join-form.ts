import { CONSENT_VERSION } from '@/core/consent'

/** What the join form still lacks, in the order of the form. */
export type Need = 'name' | 'birth_on' | 'consent_version' | 'password'
export interface JoinForm {
  name: string
  phone: string
  birth: string
  password: string
  consent: boolean
}

export function firstLacking(form: JoinForm, needs: readonly Need[]): Need | null {
  const has: Record<Need, boolean> = { name: form.name.trim() !== '', birth_on: form.birth !== '', password: form.password !== '', consent_version: form.consent }
  return (['name', 'birth_on', 'password', 'consent_version'] as const).find((need) => needs.includes(need) && !has[need]) ?? null
}

export function joinBody(form: JoinForm, needs: readonly Need[], key: string, locale: 'zh' | 'en') {
  return {
    name: form.name.trim(), phone: form.phone.trim() || null, birth_on: needs.includes('birth_on') ? form.birth : null,
    consent_version: needs.includes('consent_version') ? CONSENT_VERSION : null, password: needs.includes('password') ? form.password : null, key, locale, client: 'pwa' as const,
  }
}
