import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { zh } from '@/core/i18n/zh/problems'
import { ProblemError } from './client'
import { sayProblem } from './problems'

const server = join(process.cwd(), '..', 'app')
const sources = readdirSync(server, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.py') && !name.includes('/demo/'))
  .map((name) => readFileSync(join(server, name), 'utf8'))
const found = (pattern: RegExp) => [...new Set(sources.flatMap((text) => [...text.matchAll(pattern)].map((m) => m[1])))].sort()

describe('every refusal of the server', () => {
  it('has a sentence for its code', () => {
    const codes = found(/^ {4}code(?:: ClassVar\[str\])?(?:, status)?(?:, title)? = "([a-z-]+)"/gm)
    expect(codes.length).toBeGreaterThan(30)
    expect(codes.filter((code) => !(code in zh.code))).toEqual([])
    expect(Object.keys(zh.code).filter((code) => !codes.includes(code))).toEqual([])
  })
  it('has a sentence for its guard', () => {
    const guards = found(/\bfail\(\s*"([a-z_]+)"[,)]/g)
    expect(guards.length).toBeGreaterThan(20)
    expect(guards.filter((guard) => !(guard in zh.guard))).toEqual([])
    expect(Object.keys(zh.guard).filter((guard) => !guards.includes(guard))).toEqual([])
  })
})

describe('sayProblem', () => {
  const problem = (members: object) => sayProblem(new ProblemError({ status: 409, code: 'guard-failed', ...members }))
  it('names the guard with its parameters', () => {
    expect(problem({ guard: 'pairs_covered', missing: 2 }).title).toBe('每张整改前的照片都要有一张整改后，还差 2 张')
    expect(problem({ guard: 'unheard_of' }).title).toBe(zh.code['guard-failed'])
    expect(sayProblem(new ProblemError({ status: 418, code: 'unheard-of' })).title).toBe(zh.unknown.title)
  })
})
