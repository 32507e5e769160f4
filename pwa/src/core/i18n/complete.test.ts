import { describe, expect, it } from 'vitest'
import { fill, type Messages } from '.'

const zhFiles = import.meta.glob<{ zh: Messages }>('/src/**/zh{,/*}.ts', { eager: true })
const enFiles = import.meta.glob<{ en: Messages }>('/src/**/en{,/*}.ts', { eager: true })
const sources = import.meta.glob<string>('/src/**/*.{vue,ts}', { eager: true, query: '?raw', import: 'default' })

function flat(tree: Messages, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [[prefix + key, value]] : Object.entries(flat(value, `${prefix}${key}.`)))),
  )
}
const holes = (sentence: string) => [...new Set([...sentence.matchAll(/\{(\w+)\}/g)].map((m) => m[1]))].sort()

describe.each(Object.keys(zhFiles))('%s', (path) => {
  const english = path.replace(/\/zh(\/|\.ts)/, '/en$1')
  const zh = flat(zhFiles[path].zh)

  it('is complete in English, with the same parameters', () => {
    expect(enFiles[english], english).toBeDefined()
    const en = flat(enFiles[english].en)
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
    for (const key of Object.keys(zh)) {
      expect(en[key].trim(), key).not.toBe('')
      expect(zh[key].trim(), key).not.toBe('')
      for (const form of en[key].split('||')) for (const hole of holes(form)) expect(holes(zh[key]), `${key}: {${hole}}`).toContain(hole)
    }
  })
  it('has no Chinese left in English and no exclamation marks', () => {
    // The name of a language stands in that language.
    for (const [key, sentence] of Object.entries(flat(enFiles[english].en))) expect(sentence.replace('中文', ''), key).not.toMatch(/\p{Script=Han}/u)
    for (const [key, sentence] of Object.entries(zh)) expect(sentence, key).not.toMatch(/[!！]/)
  })
})

it('keeps every Chinese sentence out of the components', () => {
  const allowed = /\/i18n\/|\/zh\.ts$|\.test\.ts$|^\/src\/core\/format\.ts$/
  const offenders = Object.entries(sources)
    .filter(([path]) => !allowed.test(path))
    .map(([path, text]) => [path, text.replace(/<!--[\s\S]*?-->|\/\*[\s\S]*?\*\/|(^|[^:])\/\/.*$/gm, '')] as const)
    .filter(([, text]) => /\p{Script=Han}/u.test(text))
    .map(([path, text]) => `${path}: ${text.match(/.*\p{Script=Han}.*/u)?.[0].trim()}`)
  expect(offenders).toEqual([])
})

describe('fill', () => {
  it('fills parameters and picks the English plural', () => {
    expect(fill('{n} photo||{n} photos', { n: 1 })).toBe('1 photo')
    expect(fill('{n} photo||{n} photos', { n: 3 })).toBe('3 photos')
    expect(fill('{a} of {b}', { a: 1 })).toBe('1 of {b}')
  })
})
