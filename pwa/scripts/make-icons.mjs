// Draws the PNG icons from public/icons/icon.svg. The maskable one fills its square and keeps the sign inside the safe zone.
import { readFileSync } from 'node:fs'
import { launch } from './chromium.mjs'

const svg = readFileSync(new URL('../public/icons/icon.svg', import.meta.url), 'utf8')
const maskable = svg.replace('rx="112"', 'rx="0"').replace('<path', '<g transform="translate(256 256) scale(.78) translate(-256 -256)"><path').replace('</svg>', '</g></svg>')
const browser = await launch()
for (const [name, size, source] of [['icon-192', 192, svg], ['icon-512', 512, svg], ['maskable-512', 512, maskable]]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  await page.setContent(`<style>*{margin:0}svg{display:block;width:100vw;height:100vh}</style>${source}`)
  await page.screenshot({ path: new URL(`../public/icons/${name}.png`, import.meta.url).pathname, omitBackground: true })
  await page.close()
}
await browser.close()
