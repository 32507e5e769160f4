import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { alignmentOf, headlineOf, reasonsOf } from './reasons'

const app = join(process.cwd(), '..', 'app', 'features')
const read = (path: string) => readFileSync(join(app, path), 'utf8')

describe('what the engine says of a pair', () => {
  it('has a sentence for every reason it can give', () => {
    const engine = readdirSync(join(app, 'evidence', 'engine')).filter((name) => name.endsWith('.py')).map((name) => read(`evidence/engine/${name}`)).join('\n')
    const codes = [...engine.matchAll(/Reason\("([a-z-]+)"/g)].map((found) => found[1] as string).concat('same-exposure', 'same-exposure-mirrored', 'photo-dark', 'photo-plain', 'unreadable')
    const glue = read('issues/evidence.py')
    const set = (name: string) => new Set([...(new RegExp(`^${name} = frozenset\\(\\{(.*)\\}\\)`, 'm').exec(glue)?.[1] ?? '').matchAll(/"([a-z-]+)"/g)].map((found) => found[1]))
    const [good, suspect] = [set('GOOD'), set('SUSPECT')]
    expect(codes.length).toBeGreaterThan(8)
    for (const code of new Set(codes)) {
      const verdict = suspect.has(code) ? 'suspect' : good.has(code) ? 'good' : 'doubt'
      const [told] = reasonsOf([{ code, verdict, params: { count: 42, parts: ['top'], photo: 'before', planes: 2 } }])
      expect(told?.text, code).not.toContain(code)
      expect(told?.text, code).not.toMatch(/[{}]/)
    }
  })
  it('has a sentence for what is known without looking, one for each file claim', () => {
    const codes = [...read('issues/paircheck.py').matchAll(/"((?:exif_)?[a-z_]+)"(?=, (?:"(?:good|doubt|suspect)"|verdict|far))/g)].map((found) => found[1] as string).concat('exif_place', 'exif_distance')
    expect(codes).toContain('exif_software')
    const verdicts: Record<string, ('good' | 'doubt' | 'suspect')[]> = { exif_time: ['good', 'doubt', 'suspect'], exif_place: ['good', 'doubt'], exif_distance: ['good', 'suspect'], exif_software: ['doubt'] }
    for (const code of new Set(codes)) for (const verdict of verdicts[code] ?? ['good', 'doubt']) {
      const [told] = reasonsOf([{ code, verdict, params: { minutes: 42, metres: 30, most: 20, name: 'X', how: 'album' } }])
      expect(told?.text, `${code} ${verdict}`).not.toMatch(/[{}_]|：好$|：存疑$|：可疑$/)
    }
  })
  it('puts the suspect first, then the place', () => {
    const checks = [{ code: 'changed', verdict: 'good', params: { percent: 8 } }]
    expect(headlineOf({ is_suspect: true, verdict: 'same', checks })).toBe('照片可疑')
    expect(headlineOf({ is_suspect: false, verdict: 'same', checks })).toBe('很像同一处，像是已经清掉')
    expect(headlineOf({ is_suspect: false, verdict: 'same', checks: [] })).toBe('很像同一处')
    expect(headlineOf({ is_suspect: false, verdict: null, checks: [] })).toBe('没有机器提示')
  })
  it('says the alignment under the picture', () => {
    const checks = [{ code: 'aligned', verdict: 'good', params: { overlap: 93, residual: 2 } }]
    expect(alignmentOf(checks)).toBe('整改后已对齐到整改前：重叠 93%，误差 2 像素')
    expect(reasonsOf(checks)).toEqual([])
  })
})
