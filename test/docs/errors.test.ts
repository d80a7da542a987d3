import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { exitCodeOf } from '../../src/cli/exit-code.ts'
import { ERROR_CODES, type ErrorCode, OffstageError } from '../../src/core/errors.ts'

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (.+) \| (.+) \| (\d+) \|$/gm)].map(
  ([, code, meaning, remedy, exit]) => ({
    code: code as ErrorCode,
    meaning: meaning ?? '',
    remedy: remedy ?? '',
    exit: Number(exit),
  }),
)

describe('docs/errors.md', () => {
  test('lists every code once, in the order of the source', () => {
    expect(rows.map(({ code }) => code)).toEqual([...ERROR_CODES])
  })

  test.each(rows)('says of $code what it means and what to do', ({ meaning, remedy }) => {
    expect(meaning.length).toBeGreaterThan(10)
    expect(remedy.length).toBeGreaterThan(5)
  })

  test.each(rows)('has the exit code of $code', ({ code, exit }) => {
    expect(exitCodeOf(new OffstageError(code, 'x'))).toBe(exit)
  })
})
