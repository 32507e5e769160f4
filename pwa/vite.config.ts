import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { VitePWA } from 'vite-plugin-pwa'
import type { Plugin, Rolldown } from 'vite'
import { defineConfig } from 'vitest/config'

const api = process.env.XF_API ?? 'http://127.0.0.1:8000'

/** Leaflet 1.9 asks "is there inline SVG?" by innerHTML while it loads, which Trusted Types refuse. Every browser we run in has it. */
function leafletWithoutInnerHtml(): Plugin {
  const probe = "div.innerHTML = '<svg/>';"
  return {
    name: 'leaflet-without-inner-html',
    transform(code, id) {
      if (!id.includes('leaflet/dist/leaflet-src')) return null
      if (!code.includes(probe)) this.error('Leaflet has changed: look where it writes innerHTML while it loads')
      return { code: code.replace(probe, "div.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'svg'));"), map: null }
    },
  }
}

/** What the first screen needs is one file, and so is the outbox: each file costs a phone on a slow line a round trip. */
function chunkOf(id: string, context: Rolldown.ChunkingContext): string | null {
  if (/\/src\/core\/(outbox\/|use-outbox)|\/node_modules\/idb\//.test(id)) return 'outbox'
  return id !== MAIN && firstModules(context).has(id) ? 'first' : null
}

const MAIN = fileURLToPath(new URL('./src/main.ts', import.meta.url))
let first: Set<string> | null = null
function firstModules(context: Rolldown.ChunkingContext): Set<string> {
  if (first) return first
  first = new Set()
  const open = [MAIN]
  for (let id = open.pop(); id; id = open.pop()) {
    if (first.has(id)) continue
    first.add(id)
    open.push(...(context.getModuleInfo(id)?.importedIds ?? []))
  }
  return first
}

export default defineConfig({
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  plugins: [
    vue(),
    leafletWithoutInnerHtml(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src',
      filename: 'sw.ts',
      injectRegister: false,
      registerType: 'prompt',
      manifest: {
        id: '/',
        name: '巡访',
        short_name: '巡访',
        description: '随手拍，看得见整改',
        lang: 'zh-CN',
        start_url: '/',
        scope: '/',
        display: 'standalone',
        orientation: 'any',
        background_color: '#F3F3EF',
        theme_color: '#F3F3EF',
        icons: [
          { src: '/icons/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icons/icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: '/icons/maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
          { src: '/icons/icon.svg', sizes: 'any', type: 'image/svg+xml' },
        ],
        shortcuts: [{ name: '拍照上报', url: '/capture' }],
      },
      injectManifest: { globPatterns: ['**/*.{js,css,html,svg,png,webmanifest}'] },
    }),
  ],
  server: { proxy: { '/api': { target: api, changeOrigin: false } } },
  build: {
    outDir: 'dist',
    target: 'es2022',
    manifest: true,
    // Content-Security-Policy allows neither inline scripts nor data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: chunkOf, debugName: 'first' }] } } },
  },
  test: {
    // What needs a document says so in its first line: each costs half a second.
    environment: 'node',
    include: ['src/**/*.test.ts'],
    maxWorkers: 2,
  },
})
