import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect } from 'vitest'
import { MAIN } from './project.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TSC = join(ROOT, 'node_modules', 'typescript')

/** A new one for each test of the file that imports this. */
export let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offstage-init-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

export function put(files: Record<string, string | object>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
}

export const read = (path: string) => readFileSync(join(folder, path), 'utf8')

/** Every file but those of packages and of git, with its text. */
export function everything(): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = paths.filter(
    (path) => !/(^|\/)(node_modules|\.git)(\/|$)/.test(path) && statSync(join(folder, path)).isFile(),
  )
  return Object.fromEntries(files.map((path) => [path, read(path)]))
}

interface Report {
  packageManager: string
  modules: string
  files: { path: string; action: string }[]
  hints: string[]
  next: string[]
}

export function offstage(args: string[], cwd = folder, env: Record<string, string> = {}) {
  const { npm_config_user_agent: _, OFFSTAGE_SECRET_KEY: __, ...clean } = process.env
  return spawnSync(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...clean, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

export function init(cwd = folder, env: Record<string, string> = {}): Report {
  const { status, stdout, stderr } = offstage(['init', '--json'], cwd, env)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout)
}

/** The packages that a project of these tests has. */
export function install(...names: ('offstage' | 'typescript' | '@types/node')[]): void {
  const places = { offstage: ROOT, typescript: TSC, '@types/node': join(ROOT, 'node_modules', '@types', 'node') }
  for (const name of names) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true })
    symlinkSync(places[name], join(folder, 'node_modules', name), 'junction')
  }
}

/** What the compiler says of the whole project. */
export function typeCheck(): string {
  const tsc = join(TSC, 'bin', 'tsc')
  return spawnSync(process.execPath, [tsc, '--noEmit', '-p', '.'], { cwd: folder, encoding: 'utf8' }).stdout
}

/** The config loads, and its job runs. */
export function expectToWork(): void {
  const { status, stderr } = offstage(['run', 'SampleJob', 'process', '["hello"]'])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const work = offstage(['work', '--drain', '--json'])
  expect(work.status, work.stderr).toBe(0)
  expect(JSON.parse(work.stdout)).toMatchObject({ completed: 1, failed: 0 })
}
