/** How much waits on this phone, written where a browser that clears its databases may leave it: in a cookie, which holds a count and nothing else. */
const NAME = 'xf_unsent'
const YEAR_SECONDS = 31_536_000

function counts(): Record<string, number> {
  const found = document.cookie.split('; ').find((one) => one.startsWith(`${NAME}=`))
  try {
    return JSON.parse(decodeURIComponent(found?.slice(NAME.length + 1) ?? '{}')) as Record<string, number>
  } catch {
    return {}
  }
}

export function marked(userId: string): number {
  return counts()[userId] ?? 0
}

export function mark(userId: string, count: number): void {
  const now = counts()
  if ((now[userId] ?? 0) === count) return
  const next = Object.entries({ ...now, [userId]: count }).filter(([, waiting]) => waiting > 0)
  document.cookie = `${NAME}=${encodeURIComponent(JSON.stringify(Object.fromEntries(next)))}; path=/; max-age=${YEAR_SECONDS}; SameSite=Strict`
}
