import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { needs } from '../support/needs.ts'
import { MAIN, Project } from './project.ts'

vi.setConfig({ testTimeout: 60_000 })

let project: Project
beforeEach(() => {
  project = new Project()
})
afterEach(() => project.remove())

/** Runs a command line in a shell in a folder of the project. */
async function shell(command: string, folder = '.', env: Record<string, string> = {}) {
  const child = spawn(
    'bash',
    ['-c', `set -o pipefail; offstage() { "${process.execPath}" "${MAIN}" "$@"; }; ${command}`],
    {
      cwd: project.path(folder),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text
    })
  }
  const [code] = await once(child, 'close')
  return { code, ...output }
}

describe('in a subfolder of the project', () => {
  beforeEach(() => mkdirSync(project.path('src/deep'), { recursive: true }))

  test('the database, the logs and .env are those of the project', async () => {
    project.write('.env', 'MAX_RETRIES=7\n')
    const { code, stdout } = await shell('offstage run SampleJob flaky --json', 'src/deep')
    expect(code).toBe(0)
    const { id } = JSON.parse(stdout)
    expect(await project.json('jobs', 'show', id)).toMatchObject({ status: 'pending', maxAttempts: 4 })
    expect((await shell('offstage work --drain', 'src/deep')).code).toBe(0)
    expect(await project.json('jobs', 'show', id)).toMatchObject({ status: 'completed' })
    expect(readdirSync(project.path('src/deep'))).toEqual([])
    expect(existsSync(project.path('logs/background_jobs.log'))).toBe(true)
  })

  test('a database that is typed is meant from there, one of the environment from the project', async () => {
    expect((await shell('offstage run SampleJob process --database sqlite:typed.db', 'src/deep')).code).toBe(0)
    expect(existsSync(project.path('src/deep/typed.db'))).toBe(true)
    const env = { OFFSTAGE_DATABASE: 'sqlite:of-env.db' }
    expect((await shell('offstage run SampleJob process', 'src/deep', env)).code).toBe(0)
    expect(existsSync(project.path('of-env.db'))).toBe(true)
  })

  test('with --config, paths are meant from where one stands', async () => {
    expect((await shell('offstage run SampleJob process --config ../../offstage.config.js', 'src/deep')).code).toBe(0)
    expect(existsSync(project.path('src/deep/jobs.db'))).toBe(true)
    expect(existsSync(project.path('jobs.db'))).toBe(false)
  })
})

test.each([
  ['ends the process', 'process.exit(0)', /the process ended meanwhile; have it throw an error/],
  ['awaits what never comes', 'await new Promise(() => {})', /it awaits what never comes/],
  ['awaits itself', "await import('./waits.js')", /it awaits what never comes/],
])('a config that %s is broken, and every command says so', async (_, text, said) => {
  project.write('waits.js', "await import('./offstage.config.js')")
  project.write('offstage.config.js', text)
  for (const command of ['run SampleJob process', 'jobs list', 'work --drain']) {
    const { code, stderr } = await project.run(...command.split(' '))
    expect({ command, code }).toEqual({ command, code: 2 })
    expect(stderr).toMatch(/^offstage: cannot load [^\n]+\n$/)
    expect(stderr).toMatch(said)
  }
})

test('a .env that cannot be read is named, with why', async () => {
  project.folderOf('.env')
  const { code, stdout, stderr } = await project.run('jobs', 'list')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^offstage: \S+\/\.env cannot be read \(EISDIR\): let this user read it, or remove it\n$/)
})

test('without a config, every command that needs one says what to type next', async () => {
  rmSync(project.path('offstage.config.js'))
  for (const command of ['start', 'work', 'run SampleJob process', 'jobs list', 'jobs show 01', 'migrate']) {
    const { code, stdout, stderr } = await shell(`offstage ${command}`)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^offstage: there is no offstage\.config\.ts [^\n]*run `npx offstage init`[^\n]*\n$/)
  }
})

test.each([
  ['an enum', 'export enum Kind { A }'],
  ['a parameter property', 'export class Job { constructor(private name: string) {} }'],
])('TypeScript that Node cannot strip (%s): says --import tsx', async (_, code) => {
  rmSync(project.path('offstage.config.js'))
  project.write('offstage.config.ts', code)
  for (const command of ['run SampleJob process', 'start', 'jobs list']) {
    const ended = await shell(`offstage ${command}`)
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toMatch(/^offstage: cannot load [^\n]*offstage\.config\.ts[^\n]*--import tsx[^\n]*\n$/)
  }
})

describe('help', () => {
  test('of every command, and of every command below it, has examples that begin with it', async () => {
    const seen: string[] = []
    const walk = async (path: string) => {
      const { code, stdout } = await shell(`offstage ${path} --help`)
      expect(code).toBe(0)
      const command = `offstage ${path}`.trim()
      const [, examples] = stdout.split('Examples:\n')
      expect(examples, `${command} --help has no examples`).toBeDefined()
      expect(examples).toContain(command)
      seen.push(command)
      const [, commands = ''] = /\nCommands:\n([\s\S]*?)\n\n/.exec(stdout) ?? []
      for (const [, name] of commands.matchAll(/^ {2}([a-z-]+)/gm)) {
        if (name !== 'help') await walk(`${path} ${name}`.trim())
      }
    }
    await walk('')
    for (const command of ['init', 'start', 'run', 'jobs list', 'migrate', 'doctor', 'completion']) {
      expect(seen).toContain(`offstage ${command}`)
    }
  })
})

test.each(['--help', 'jobs list', 'doctor', 'migrate --dry-run', 'init', 'completion bash', 'jobs list --json'])(
  'a reader that goes away is no error: %s | head',
  async (command) => {
    await project.enqueue('SampleJob', 'process')
    const ended = await shell(`offstage ${command} | head -c 1 > /dev/null`)
    expect(ended).toMatchObject({ code: 0, stderr: '' })
  },
)

const FULL = '/dev/full'
const fullDisk = needs(existsSync(FULL), `output to a full disk was not tested: there is no ${FULL} on this system`)

describe('where the disk is full that the output goes to', fullDisk, () => {
  test.each(['jobs list', 'jobs list --json', 'doctor'])('a command fails with one line: %s', async (command) => {
    await project.enqueue('SampleJob', 'process')
    const { code, stderr } = await shell(`offstage ${command} > /dev/full`)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^offstage: stdout cannot be written: ENOSPC[^\n]*\n$/)
    expect((await shell(`offstage nonsense 2> /dev/full`)).code).toBe(2)
  })

  test.each(['start --no-dashboard', 'start --json --no-dashboard', 'work'])(
    'a worker goes on: %s',
    async (command) => {
      const id = await project.enqueue('SampleJob', 'process')
      const worker = shell(`exec "${process.execPath}" "${MAIN}" ${command} --id it > /dev/full 2>&1`)
      const status = async () => ((await project.json('jobs', 'show', id)) as { status: string }).status
      await expect.poll(status, { timeout: 20_000 }).toBe('completed')
      await project.run('workers', 'stop', 'it')
      expect((await worker).code).toBe(0)
    },
  )
})
