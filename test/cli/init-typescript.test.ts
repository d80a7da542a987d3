import { describe, expect, test } from 'vitest'
import { init, install, put, read, typeCheck } from './new-project.ts'

describe('the TypeScript settings of a project', () => {
  const manifest = { name: 'app', type: 'module' }
  const strict = { strict: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true, isolatedModules: true }
  const base = { module: 'nodenext', target: 'es2024', ...strict }

  test.each([
    ['without emit', { ...base, noEmit: true }, 'allowImportingTsExtensions'],
    ['with emit', { ...base, rootDir: '.', outDir: 'dist' }, 'rewriteRelativeImportExtensions'],
  ])('%s, the one line to add is said, and with it all compiles; tsconfig.json is not edited', (_, options, line) => {
    put({ 'package.json': manifest, 'tsconfig.json': { compilerOptions: options, include: ['*.ts', 'jobs'] } })
    install('offstage', 'typescript')
    const before = read('tsconfig.json')
    const { hints } = init()
    expect(hints).toEqual([expect.stringContaining(`add "${line}": true to compilerOptions in tsconfig.json`)])
    expect(read('tsconfig.json')).toBe(before)
    expect(typeCheck()).toContain('TS5097')
    put({ 'tsconfig.json': { compilerOptions: { ...options, [line]: true }, include: ['*.ts', 'jobs'] } })
    expect(typeCheck()).toBe('')
    expect(init().hints).toEqual([])
  })

  test('are read with comments and `extends`', () => {
    put({
      'package.json': manifest,
      'base.json': { compilerOptions: { ...base, noEmit: true, allowImportingTsExtensions: true, types: [] } },
      'tsconfig.json': '{ "extends": "./base.json", // a comment\n "include": ["*.ts", "jobs",], }',
    })
    install('offstage', 'typescript')
    expect(init().hints).toEqual([])
    expect(typeCheck()).toBe('')
  })

  test('that do not know `console` get a sample without it', () => {
    const compilerOptions = { ...base, lib: ['es2024'], types: [], noEmit: true, allowImportingTsExtensions: true }
    // Types of packages, which may well want those of Node or of a browser, are not the question.
    const skip = { skipLibCheck: true }
    put({ 'package.json': manifest, 'tsconfig.json': { compilerOptions: { ...compilerOptions, ...skip } } })
    install('offstage', 'typescript')
    init()
    expect(read('jobs/sample-job.ts')).not.toContain('console')
    expect(typeCheck()).toBe('')
  })

  test('of old module resolution are told of', () => {
    const compilerOptions = {
      module: 'commonjs',
      moduleResolution: 'node',
      allowImportingTsExtensions: true,
      noEmit: true,
    }
    put({ 'package.json': { name: 'app', main: 'x.js' }, 'tsconfig.json': { compilerOptions } })
    expect(init().hints).toEqual([expect.stringContaining('set "module": "nodenext" in tsconfig.json')])
  })
})
