// Fails when what the phone's home screen loads before it is usable outgrows its budget (gzip).
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const LIMIT = { js: 90_000, css: 15_000 }
const HOME = ['index.html']
const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))

const seen = new Set()
const files = new Set()
function walk(key) {
  const chunk = manifest[key]
  if (!chunk) throw new Error(`not in the build manifest: ${key}`)
  if (seen.has(key)) return
  seen.add(key)
  files.add(chunk.file)
  for (const css of chunk.css ?? []) files.add(css)
  for (const next of chunk.imports ?? []) walk(next)
}
HOME.forEach(walk)

const sum = { js: 0, css: 0 }
for (const file of files) {
  const kind = file.endsWith('.css') ? 'css' : 'js'
  const size = gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length
  sum[kind] += size
  console.log(`${String(size).padStart(7)}  ${file}`)
}
let failed = false
for (const kind of ['js', 'css']) {
  const ok = sum[kind] <= LIMIT[kind]
  failed ||= !ok
  console.log(`home screen ${kind}: ${(sum[kind] / 1000).toFixed(1)} kB gz of ${LIMIT[kind] / 1000} kB${ok ? '' : ' : TOO LARGE'}`)
}
process.exit(failed ? 1 : 0)
