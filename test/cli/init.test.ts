import { execFileSync, spawnSync } from 'node:child_process'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { everything, expectToWork, folder, init, install, offstage, put, read, typeCheck } from './new-project.ts'

describe('init in an empty folder', () => {
  test('writes a config, a job and a key, shows what it wrote, and asks nothing', () => {
    const { status, stdout, stderr } = offstage(['init'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const files = everything()
    expect(Object.keys(files).sort()).toEqual(['.env', 'jobs/sample-job.ts', 'offstage.config.ts', 'package.json'])
    for (const path of Object.keys(files)) expect(stdout).toContain(path)
    expect(stdout.split('\n')).toContain('  npm install offstage')
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600)
    const [, key = ''] = /^OFFSTAGE_SECRET_KEY=(.+)$/m.exec(files['.env'] ?? '') ?? []
    expect(Buffer.from(key, 'base64')).toHaveLength(32)
    expect(stdout).not.toContain(key)
    install('offstage')
    expectToWork()
  })

  test('run twice changes nothing the second time, and says so', () => {
    init()
    const before = everything()
    const { status, stdout } = offstage(['init', '--yes'])
    expect(status).toBe(0)
    expect(stdout).toContain('nothing was changed')
    expect(everything()).toEqual(before)
    expect(new Set(init().files.map(({ action }) => action))).toEqual(new Set(['unchanged']))
  })

  test('makes another key each time', () => {
    init()
    const first = read('.env')
    rmSync(join(folder, '.env'))
    init()
    expect(read('.env')).not.toBe(first)
  })

  test('after an install, the package.json that it left becomes one of ES modules', () => {
    put({ 'package.json': { dependencies: { offstage: '1.0.0' } }, 'package-lock.json': '{}' })
    install('offstage')
    const { next, files } = init()
    expect(JSON.parse(read('package.json'))).toEqual({ dependencies: { offstage: '1.0.0' }, type: 'module' })
    expect(files[0]).toMatchObject({ path: 'package.json', action: 'changed' })
    expect(next[0]).toBe('npx offstage start')
    expectToWork()
  })
})

describe('init in a project', () => {
  test.each([
    ['pnpm', { 'pnpm-lock.yaml': '' }, 'pnpm offstage start'],
    ['yarn', { 'yarn.lock': '' }, 'yarn offstage start'],
    ['bun', { 'bun.lock': '' }, 'bunx offstage start'],
    ['npm', { 'package-lock.json': '{}' }, 'npx offstage start'],
    // The field outweighs a lock file.
    [
      'yarn',
      { 'package.json': { type: 'module', packageManager: 'yarn@4.9.0' }, 'package-lock.json': '{}' },
      'yarn offstage start',
    ],
  ])('knows %s', (manager, files, start) => {
    put({ 'package.json': { name: 'app', type: 'module' }, ...files })
    install('offstage')
    expect(init()).toMatchObject({ packageManager: manager, next: [start, expect.anything()] })
  })

  test('knows the package manager that runs it, and that of the workspace above', () => {
    put({ 'package.json': { name: 'app' } })
    expect(init(folder, { npm_config_user_agent: 'pnpm/10.0.0 npm/? node/v24' }).packageManager).toBe('pnpm')
    put({ 'yarn.lock': '', 'packages/a/package.json': { name: 'a', type: 'module' } })
    const { packageManager, next } = init(join(folder, 'packages/a'))
    expect({ packageManager, first: next[0] }).toEqual({ packageManager: 'yarn', first: 'yarn add offstage' })
    expect(Object.keys(everything())).toContain('packages/a/offstage.config.ts')
  })

  test('in a subfolder, writes where package.json is', () => {
    put({ 'package.json': { name: 'app', type: 'module' }, 'src/index.ts': '' })
    init(join(folder, 'src'))
    expect(Object.keys(everything())).toContain('offstage.config.ts')
  })

  test('of CommonJS in JavaScript gets .mjs, and no byte of it changes', () => {
    put({ 'package.json': { name: 'app', main: 'index.js' }, 'index.js': 'module.exports = 1' })
    install('offstage')
    const before = everything()
    expect(init().modules).toBe('commonjs')
    const { 'offstage.config.mjs': config, 'jobs/sample-job.mjs': job, '.env': env, ...rest } = everything()
    expect([config, job, env].every(Boolean)).toBe(true)
    expect(rest).toEqual(before)
    expectToWork()
  })

  test('of CommonJS in TypeScript gets .mts, which compiles', () => {
    const compilerOptions = { module: 'nodenext', strict: true, noEmit: true, allowImportingTsExtensions: true }
    put({
      'package.json': { name: 'app', devDependencies: {} },
      'tsconfig.json': { compilerOptions },
      'index.ts': 'export = 1',
    })
    install('offstage', 'typescript', '@types/node')
    expect(init().hints).toEqual([])
    expect(Object.keys(everything())).toContain('offstage.config.mts')
    expect(typeCheck()).toBe('')
    expectToWork()
  })

  test('leaves a config, a .env and files of the same names as they are', () => {
    put({
      'package.json': { name: 'app', type: 'module' },
      'jobs/sample-job.ts': 'export const mine = true',
      '.env': 'MINE=1\nOFFSTAGE_SECRET_KEY=abc\n',
    })
    install('offstage')
    const before = everything()
    init()
    const { 'offstage.config.ts': config, 'jobs/offstage-sample-job.ts': job, ...rest } = everything()
    expect(config).toContain("'./jobs/offstage-sample-job.ts'")
    expect(job).toContain('class SampleJob')
    expect(rest).toEqual(before)
  })

  test('adds the key to a .env that lacks it, in its own line ends', () => {
    put({ 'package.json': { name: 'app', type: 'module' }, '.env': '# OFFSTAGE_SECRET_KEY=old\r\nMINE=1' })
    init()
    expect(read('.env')).toMatch(
      /^# OFFSTAGE_SECRET_KEY=old\r\nMINE=1\r\n# [^\r\n]+\r\nOFFSTAGE_SECRET_KEY=\S{44}\r\n$/,
    )
  })

  test('has git ignore what belongs to this machine, and not twice', () => {
    execFileSync('git', ['init', '-q', folder])
    put({ 'package.json': { name: 'app', type: 'module' }, '.gitignore': 'node_modules\n*.log\n.env*' })
    init()
    expect(read('.gitignore')).toBe('node_modules\n*.log\n.env*\noffstage.db*\n')
    init()
    expect(read('.gitignore').match(/offstage\.db/g)).toHaveLength(1)
    const ignored = (path: string) => spawnSync('git', ['check-ignore', '-q', path], { cwd: folder }).status === 0
    for (const path of ['offstage.db', 'offstage.db-wal', 'logs/background_jobs.log', '.env'])
      expect(ignored(path)).toBe(true)
    expect(ignored('offstage.config.ts')).toBe(false)
  })

  test('says when git would commit the key all the same', () => {
    execFileSync('git', ['init', '-q', folder])
    put({ 'package.json': { name: 'app', type: 'module' }, '.env': 'MINE=1\n' })
    execFileSync('git', ['add', '.env'], { cwd: folder })
    expect(init().hints).toEqual(['git tracks .env, and with it the key: run `git rm --cached .env`'])
  })

  test('a package.json that does not parse is one clear line, and nothing is written', () => {
    put({ 'package.json': '{ "name": ' })
    const { status, stdout, stderr } = offstage(['init'])
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^offstage: cannot read [^\n]*package\.json \([^\n]+\): correct it[^\n]+\n$/)
    expect(Object.keys(everything())).toEqual(['package.json'])
  })
})
