import { describe, expect, it } from 'vitest'
import { cleanShortCode, codeOfLink, poorBrowser, safeNext } from './codes'

describe('short codes', () => {
  it('are upper case, without spaces and dashes, eight at most', () => {
    expect(cleanShortCode(' k7m4-p2qx9 ')).toBe('K7M4P2QX')
  })
})

describe('invite links', () => {
  it('give the code of the fragment and nothing of other pages', () => {
    expect(codeOfLink('https://town.example/join#abcdefghijklmnopqrstuv')).toBe('abcdefghijklmnopqrstuv')
    expect(codeOfLink('https://town.example/other#abcdefghijklmnopqrstuv')).toBeNull()
    expect(codeOfLink('hello')).toBeNull()
  })
})

describe('the page to return to', () => {
  it('is never another site and never the sign-in page itself', () => {
    expect(safeNext('/orders/1?x=2')).toBe('/orders/1?x=2')
    for (const bad of ['//evil.example', '/\\evil.example', 'https://evil.example', '/sign-in?next=/sign-in', '/join', undefined, ['/a']]) expect(safeNext(bad)).toBe('/')
  })
})

describe('poor browsers', () => {
  it('are told: WeChat by its name, others by a missing service worker', () => {
    expect(poorBrowser('Mozilla MicroMessenger/8.0', true)).toBe('wechat')
    expect(poorBrowser('Mozilla Chrome', false)).toBe('noWorker')
    expect(poorBrowser('Mozilla Chrome', true)).toBeNull()
  })
})
