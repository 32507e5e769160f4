/** What people type, scan and open: short codes, invite links, the page to return to. Pure. */

/** No 0/O, 1/I: what looks alike is read as the one that exists. */
export function cleanShortCode(typed: string): string {
  return typed.toUpperCase().replace(/[^A-Z0-9]/g, '').slice(0, 8)
}

/** The long code in an invite link's fragment: `https://…/join#code`. Null: not an invite of ours. */
export function codeOfLink(text: string): string | null {
  try {
    const url = new URL(text)
    return url.pathname === '/join' && url.hash.length > 16 ? decodeURIComponent(url.hash.slice(1)) : null
  } catch {
    return null
  }
}

/** Only a path of this app; anything else leads home. */
export function safeNext(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) && !/^\/(sign-in|join)\b/.test(next) ? next : '/'
}

/** Browsers in which nothing is kept for the time without a network. */
export function poorBrowser(agent: string, hasWorker: boolean): 'wechat' | 'noWorker' | null {
  if (/MicroMessenger/i.test(agent)) return 'wechat'
  return hasWorker ? null : 'noWorker'
}
