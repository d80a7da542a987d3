import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tarball } from './support/packed.ts'

const run = promisify(execFile)
const shell = process.platform === 'win32'

/** The package as a user gets it: packed, and installed from the tarball in an empty folder. */
describe('the packed package', { timeout: 120_000 }, () => {
  let folder: string
  let app: string
  let packed: string[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'offstage-package-'))
    app = join(folder, 'app')
    const { stdout } = await run('tar', ['-tf', tarball()])
    packed = stdout
      .trim()
      .split(/\r?\n/)
      .map((path) => path.replace(/^package\//, ''))

    await mkdir(app)
    await writeFile(join(app, 'package.json'), '{ "name": "app", "private": true, "type": "module" }')
    const install = ['install', tarball()]
    const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
    await run('npm', [...install, ...quietly], { cwd: app, shell })
  }, 120_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  const node = (script: string) => run(process.execPath, ['--input-type=module', '--eval', script], { cwd: app })
  const manifest = async (name: string) =>
    JSON.parse(await readFile(join(app, 'node_modules', name, 'package.json'), 'utf8'))

  test('both entry points can be imported', async () => {
    const { stdout } = await node(
      "const names = [await import('offstage'), await import('offstage/testing')].map((m) => Object.keys(m).length)\n" +
        'console.log(JSON.stringify(names))',
    )
    const [main, testing] = JSON.parse(stdout)
    expect(main).toBeGreaterThan(0)
    expect(testing).toBeGreaterThan(0)
  })

  test('what is inside a module stays inside', async () => {
    await expect(node("await import('offstage/dist/index.js')")).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })

  test('the command tells its version', async () => {
    const file = join(app, 'node_modules', 'offstage', 'dist', 'cli', 'main.js')
    const { stdout } = await run(process.execPath, [file, '--version'], { cwd: app })
    expect(stdout.trim()).toBe((await manifest('offstage')).version)
    expect(await readFile(file, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
    expect(await readdir(join(app, 'node_modules', '.bin'))).toContain('offstage')
  })

  test('it brings few packages, no install script and no native build', async () => {
    const lock = JSON.parse(await readFile(join(app, 'package-lock.json'), 'utf8'))
    const installed = Object.entries<{ hasInstallScript?: boolean }>(lock.packages).filter(([path]) => path !== '')
    expect(installed.length).toBeLessThanOrEqual(5)
    expect(installed.filter(([, entry]) => entry.hasInstallScript)).toEqual([])
    const { scripts = {} } = await manifest('offstage')
    expect(Object.keys(scripts)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(pre|post)?install$/)]))
  })

  test('it contains the built library and its papers, and nothing else', () => {
    expect(packed.filter((path) => !/^(dist\/|README\.md$|LICENSE$|CHANGELOG\.md$|package\.json$)/.test(path))).toEqual(
      [],
    )
    expect(packed).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'LICENSE']))
    expect(packed.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([])
  })
})
