import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CONFIG_NAMES, findConfig } from '../../src/config/find.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'offstage-find-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('it is found in the folder itself, and in those above', () => {
  const deep = join(root, 'a/b/c')
  mkdirSync(deep, { recursive: true })
  expect(findConfig(deep, {})).toBeUndefined()
  writeFileSync(join(root, 'offstage.config.js'), '')
  expect(findConfig(deep, {})).toBe(join(root, 'offstage.config.js'))
  writeFileSync(join(root, 'a/b/offstage.config.mjs'), '')
  expect(findConfig(deep, {})).toBe(join(root, 'a/b/offstage.config.mjs'))
})

test('of several in one folder the order of the names decides', () => {
  for (const name of CONFIG_NAMES.toReversed()) {
    writeFileSync(join(root, name), '')
    expect(findConfig(root, {})).toBe(join(root, name))
  }
})

test('a folder of that name is none', () => {
  mkdirSync(join(root, 'offstage.config.ts'))
  expect(findConfig(root, {})).toBeUndefined()
})

test('OFFSTAGE_CONFIG goes first, from the working folder on', () => {
  writeFileSync(join(root, 'offstage.config.ts'), '')
  writeFileSync(join(root, 'other.ts'), '')
  expect(findConfig(root, { OFFSTAGE_CONFIG: 'other.ts' })).toBe(join(root, 'other.ts'))
  expect(findConfig('/', { OFFSTAGE_CONFIG: join(root, 'other.ts') })).toBe(join(root, 'other.ts'))
  expect(findConfig(root, { OFFSTAGE_CONFIG: '' })).toBe(join(root, 'offstage.config.ts'))
})

test('OFFSTAGE_CONFIG that names no file is an error, never another file', () => {
  writeFileSync(join(root, 'offstage.config.ts'), '')
  expect(() => findConfig(root, { OFFSTAGE_CONFIG: 'missing.ts' })).toThrow(
    expect.objectContaining({ code: 'CONFIG_MISSING', message: expect.stringContaining(join(root, 'missing.ts')) }),
  )
})
