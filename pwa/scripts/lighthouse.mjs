// Lighthouse on a phone, median of five: `node scripts/lighthouse.mjs URL [login password]`. Chrome is always ended; ten minutes at most.
// Each run has a Chrome of its own (with the profile of the sign-in): the pages of earlier runs would lie in its memory else, and their cost be counted.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch as launchChrome } from 'chrome-launcher'
import lighthouse from 'lighthouse'
import { FLAGS } from './chromium.mjs'

const RUNS = Number(process.env.RUNS ?? 5)
const WANTED = { performance: 95, accessibility: 100, 'best-practices': 100 }
const LIMIT_MS = 10 * 60_000
const [url = 'http://localhost:8000', login, password] = process.argv.slice(2)

const profile = mkdtempSync(join(tmpdir(), 'xf-lighthouse-'))
let chrome = null
const tooLong = setTimeout(() => end(1, 'took too long'), LIMIT_MS)

async function freshChrome() {
  chrome?.kill()
  chrome = await launchChrome({ chromePath: process.env.CHROMIUM ?? '/usr/bin/chromium', userDataDir: profile, chromeFlags: [...FLAGS, '--headless=new'] })
}
function end(status, why) {
  if (why) console.error(why)
  chrome?.kill()
  rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  process.exit(status)
}
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]

async function measure(name, path, headers) {
  const scores = {}
  const missed = new Set()
  for (let run = 0; run < RUNS; run++) {
    await freshChrome()
    const { lhr } = await lighthouse(url + path, { port: chrome.port, logLevel: 'error', onlyCategories: Object.keys(WANTED), extraHeaders: headers, disableStorageReset: headers !== undefined })
    for (const [kind, category] of Object.entries(lhr.categories)) {
      ;(scores[kind] ??= []).push(Math.round(category.score * 100))
      if (kind !== 'performance') for (const { id, weight } of category.auditRefs) if (weight && lhr.audits[id].score !== null && lhr.audits[id].score < 1) missed.add(id)
    }
    ;(scores.lcp ??= []).push(Math.round(lhr.audits['largest-contentful-paint'].numericValue))
    ;(scores.tbt ??= []).push(Math.round(lhr.audits['total-blocking-time'].numericValue))
  }
  const found = Object.fromEntries(Object.entries(scores).map(([kind, values]) => [kind, median(values)]))
  console.log(`${name.padEnd(16)} performance ${found.performance}  accessibility ${found.accessibility}  best practices ${found['best-practices']}  LCP ${found.lcp} ms  TBT ${found.tbt} ms  ${[...missed].join(' ')}`)
  return Object.entries(WANTED).every(([kind, least]) => found[kind] >= least)
}

/** Signs in inside Chrome itself, so that the app remembers the person as it would on a phone. */
async function signIn() {
  const { chromium } = await import('playwright-core')
  await freshChrome()
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${chrome.port}`)
  const page = await browser.contexts()[0].newPage()
  await page.goto(`${url}/sign-in`)
  await page.locator('input[autocomplete=username]').fill(login)
  await page.locator('input[autocomplete=current-password]').fill(password)
  await page.locator('button[type=submit]').click()
  await page.waitForURL((now) => new URL(now).pathname !== '/sign-in')
  await page.evaluate(async () => {
    for (const worker of await navigator.serviceWorker.getRegistrations()) await worker.unregister()
    for (const name of await caches.keys()) await caches.delete(name)
  })
  // Written to the profile, not killed with it: cookies and storage are needed by the next Chrome.
  await page.waitForTimeout(1000)
  await browser.close()
}

try {
  let good = await measure('sign-in', '/sign-in')
  if (login) {
    await signIn()
    good = (await measure('home, signed in', '/', {})) && good
  }
  clearTimeout(tooLong)
  end(good ? 0 : 1)
} catch (error) {
  end(1, error)
}
