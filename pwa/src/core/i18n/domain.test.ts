import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { zh } from './zh/domain'

const source = (path: string) => readFileSync(join(process.cwd(), '..', 'app', 'features', path), 'utf8')
/** Values of one StrEnum as the server has them. */
function values(path: string, name: string): string[] {
  const body = source(path).match(new RegExp(`class ${name}\\(StrEnum\\):\\n([\\s\\S]*?)(?=\\n\\S)`))?.[1] ?? ''
  return [...body.matchAll(/^ {4}[A-Z_]+ = "(\w+)"/gm)].map((m) => m[1])
}

describe('the words of the domain', () => {
  it.each([
    ['state', 'issues/lifecycle.py', 'State'],
    ['nature', 'issues/lifecycle.py', 'Nature'],
    ['action', 'issues/lifecycle.py', 'Action'],
    ['role', 'identity/models.py', 'Role'],
  ] as const)('name every %s of the server', (words, path, name) => {
    const codes = values(path, name)
    expect(codes.length).toBeGreaterThan(2)
    expect(codes.filter((code) => !(code in zh[words]))).toEqual([])
  })
})
