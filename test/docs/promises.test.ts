import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(`${root}docs/promises.md`, 'utf8')
const cells = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
const named = cells
  .filter(([, , file]) => file?.startsWith('test/'))
  .map(([, id = '', file = '', title = '']) => ({ id, file, title }))
const promised = cells.filter((row) => row.length === 6 && /^P\d+$/.test(row[1] ?? ''))

/** The titles of the tests in a file, as they are written there. */
function titles(file: string): string[] {
  const source = readFileSync(root + file, 'utf8')
  return [...source.matchAll(/\btest(?:\.\w+\([\s\S]*?\)(?: as const\))?)?\(\s*'((?:[^'\\]|\\.)*)'/g)].map(
    ([, title = '']) => title,
  )
}

test('every promise of P1 to P12 is listed once, as kept or as not yet kept', () => {
  expect(promised.map(([, id]) => id)).toEqual(Array.from({ length: 12 }, (_, index) => `P${index + 1}`))
  for (const [, id, promise = '', kept, limits = ''] of promised) {
    expect(promise.length, id).toBeGreaterThan(20)
    const tests = named.filter((row) => row.id === id)
    if (kept === 'yes') expect(tests.length, id).toBeGreaterThan(0)
    else {
      expect([kept, tests], id).toEqual(['not yet', []])
      expect(limits.length, `${id} says why`).toBeGreaterThan(20)
    }
  }
})

test('every test that the page names exists', () => {
  expect(named.length).toBeGreaterThan(20)
  for (const { file, title } of named) {
    expect(existsSync(root + file), file).toBe(true)
    expect(titles(file), file).toContain(title)
  }
})

test('every test of a promise is named on the page', () => {
  const files = readdirSync(`${root}test/promises`).filter((file) => /^p\d+-/.test(file))
  expect(files.length).toBeGreaterThan(8)
  for (const name of files) {
    const file = `test/promises/${name}`
    expect(named.filter((row) => row.file === file).map(({ title }) => title)).toEqual(titles(file))
  }
})
