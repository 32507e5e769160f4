/** The one Trusted Types policy of ours: it lets through scripts of this origin as workers, and nothing else. */
interface Policy {
  createScriptURL: (url: string) => unknown
}
interface TrustedTypes {
  createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => Policy
}

let policy: Policy | undefined

function check(url: string): string {
  if (new URL(url, location.href).origin !== location.origin) throw new TypeError('Scripts of other origins are refused.')
  return url
}

/** For `new Worker(...)` and `serviceWorker.register(...)`, which are script sinks under Trusted Types. */
export function scriptUrl(url: string): string {
  const trusted = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes
  if (!trusted) return check(url)
  policy ??= trusted.createPolicy('xunfang', { createScriptURL: check })
  // The DOM accepts a TrustedScriptURL wherever TypeScript's older types ask for a string.
  return policy.createScriptURL(url) as string
}
