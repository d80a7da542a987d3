import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { EXIT } from '../../src/cli/exit-code.ts'
import { Project } from '../cli/project.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')
const [intro = '', ...rest] = page.split(/^## `(?=offstage)/m)
/** What the page says, by command. */
const documented = new Map(rest.map((text) => [text.slice(0, text.indexOf('`')), text]))

type Row = [flags: string, description: string]

/** The rows of the tables of flags. */
function tableOf(text: string): Row[] {
  return [...text.matchAll(/^\| `(-[^`]+)` \| (.+) \|$/gm)].map(([, flags = '', description = '']) => [
    flags,
    description,
  ])
}

interface Help {
  usage: string
  description: string
  options: Row[]
  commands: string[]
}

/** What `--help` shows, put together again where it was wrapped. */
function parseHelp(text: string): Help {
  const rows = (title: string): Row[] => {
    const found: Row[] = []
    for (const line of new RegExp(`^${title}:\\n((?: {2}.*\\n?)+)`, 'm').exec(text)?.[1]?.split('\n') ?? []) {
      const [, flags, description = ''] = /^ {2}(\S.*?)(?: {2,}(.*))?$/.exec(line) ?? []
      const last = found.at(-1)
      if (flags !== undefined) found.push([flags, description])
      else if (last !== undefined) last[1] = `${last[1]} ${line.trim()}`.trim()
    }
    return found
  }
  const named = (row: Row) => row[0].split(' ')[0] ?? ''
  return {
    usage: /^Usage: (.*)$/m.exec(text)?.[1] ?? '',
    description: text.split('\n')[2] ?? '',
    options: rows('Options').filter(([flags]) => flags !== '-h, --help'),
    commands: rows('Commands')
      .map(named)
      .filter((name) => name !== 'help'),
  }
}

/** Every command that does something, with its help: what the program itself says. */
async function helpOfAll(project: Project, path: string[] = []): Promise<Map<string, Help>> {
  const { stdout } = await project.run(...path, '--help')
  const help = parseHelp(stdout)
  if (help.commands.length === 0) return new Map([[`offstage ${path.join(' ')}`, help]])
  const below = await Promise.all(help.commands.map((name) => helpOfAll(project, [...path, name])))
  return new Map(below.flatMap((each) => [...each]))
}

let project: Project
let real: Map<string, Help>
beforeAll(async () => {
  project = new Project()
  real = await helpOfAll(project)
})
afterAll(() => project.remove())

describe('docs/cli.md and the help', () => {
  test('name the same commands in the same order', () => {
    expect([...documented.keys()]).toEqual([...real.keys()])
  })

  test.each([...documented.keys()])('%s has the same usage, description and flags', (command) => {
    const help = real.get(command)
    const text = documented.get(command) ?? ''
    expect(/^```sh\n(.*)\n```$/m.exec(text)?.[1]).toBe(help?.usage)
    const [, described = ''] = /`\n\n(.*)\.\n/.exec(text) ?? []
    expect(described.toLowerCase()).toBe(help?.description.toLowerCase())
    expect(tableOf(text)).toEqual(help?.options)
  })

  test('have the same flags for every command', async () => {
    expect(tableOf(intro)).toEqual(parseHelp((await project.run('--help')).stdout).options)
  })

  test('the page lists every exit code', () => {
    const codes = [...intro.matchAll(/^\| (\d+) \| .+ \|$/gm)].map(([, code]) => Number(code))
    expect(codes).toEqual(Object.values(EXIT))
  })
})

/** The form of a value: the names and kinds in it. A list is as its first item; null goes with everything. */
function formOf(value: unknown): unknown {
  if (value === null) return null
  if (Array.isArray(value)) return value.length === 0 ? [] : [formOf(value[0])]
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? 'time' : 'string'
  if (typeof value !== 'object') return typeof value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, formOf(each)]))
}

function sameForm(shown: unknown, documented: unknown): void {
  expect(withoutNulls(shown, documented)).toEqual(withoutNulls(documented, shown))
}

/** The form, with whatever is null or an empty list on the other side taken as fitting. */
function withoutNulls(form: unknown, other: unknown): unknown {
  if (form === null || other === null) return 'anything'
  if (Array.isArray(form) && Array.isArray(other)) {
    if (form.length === 0 || other.length === 0) return 'list'
    return [withoutNulls(form[0], other[0])]
  }
  if (typeof form !== 'object' || typeof other !== 'object') return form
  return Object.fromEntries(
    Object.entries(form).map(([key, each]) => [
      key,
      key in other ? withoutNulls(each, (other as Record<string, unknown>)[key]) : each,
    ]),
  )
}

function jsonOf(command: string): unknown[] {
  const blocks = [...(documented.get(command) ?? '').matchAll(/^```json\n([^`]*)\n```$/gm)]
  return blocks.map(([, json = '']) => JSON.parse(json))
}

describe('the JSON of docs/cli.md is what is printed by', () => {
  test('every command', async () => {
    const check = async (command: string, args: readonly string[], block = 0) => {
      const { stdout, stderr } = await project.run(...command.split(' ').slice(1), ...args, '--json')
      expect(stdout, `${command}: ${stderr}`).not.toBe('')
      sameForm(formOf(JSON.parse(stdout)), formOf(jsonOf(command)[block]))
      checked.add(`${command} ${block}`)
    }
    const checked = new Set<string>()
    const id = await project.enqueue('SampleJob', 'fail', '["hello"]', '--tag', 'nightly', '--priority', 'high')
    await project.enqueue('SampleJob', 'process', '["x"]')
    await check('offstage run', ['SampleJob', 'process', '[]', '--queue', 'mail'])
    await check('offstage queues list', [])
    await check('offstage work', ['--drain', '--queue', 'default'])
    await check('offstage jobs list', ['--status', 'failed'])
    await check('offstage jobs count', ['status:failed'])
    await check('offstage jobs show', [id])
    const [done = ''] = (
      (await project.json('jobs', 'list', '--status', 'completed')) as { jobs: { id: string }[] }
    ).jobs.map((job) => job.id)
    await check('offstage jobs logs', [done])
    await check('offstage stats', [])
    await check('offstage jobs retry', [id])
    await check('offstage jobs run-now', [id])
    await check('offstage jobs cancel', [id])
    await check('offstage jobs delete', [id])
    for (const command of ['retry', 'run-now', 'cancel', 'delete']) {
      await check(`offstage jobs ${command}`, ['--all', '--yes'], 1)
    }
    await check('offstage jobs clear', ['--yes'])
    await check('offstage queues pause', ['mail'])
    await check('offstage queues resume', ['mail'])
    project.schedule("nightly: ['0 3 * * *', SampleJob, 'process', ['pdf'], { priority: 'high' }]")
    await project.run('work', '--drain')
    await check('offstage schedules run', ['nightly'])
    for (const what of ['list', 'show nightly', 'pause nightly', 'resume nightly']) {
      const [name = '', ...args] = what.split(' ')
      await check(`offstage schedules ${name}`, args)
    }
    project.schedule('')
    await check('offstage schedules remove', ['nightly', '--yes'])
    await check('offstage users add', ['ada@example.org', '--role', 'admin'])
    await check('offstage users list', [])
    await check('offstage users link', ['ada@example.org'])
    const password = project.start(['users', 'password', 'ada@example.org', '--json'])
    password.child.stdin?.end('a sentence of some words')
    sameForm(formOf(JSON.parse((await password.ended).stdout)), formOf(jsonOf('offstage users password')[0]))
    checked.add('offstage users password 0')
    await check('offstage users tokens', ['ada@example.org', '--name', 'ci', '--scope', 'jobs.read'], 1)
    await check('offstage users tokens', ['ada@example.org'])
    await check('offstage users sessions', ['ada@example.org'])
    await check('offstage users add', ['bob@example.org'])
    await check('offstage users role', ['bob@example.org', 'operator'])
    for (const command of ['disable', 'enable']) await check(`offstage users ${command}`, ['bob@example.org'])
    await check('offstage users remove', ['bob@example.org', '--yes'])
    await check('offstage migrate', [])
    await check('offstage doctor', [])
    const started = project.start(['start', '--id', 'w1', '--json'])
    await started.said('"state":"started"')
    await check('offstage workers list', [])
    for (const ask of ['quiet', 'resume']) await check(`offstage workers ${ask}`, ['w1'])
    await project.enqueue('SampleJob', 'process', '["x"]')
    await started.said('"event":"completed"')
    await check('offstage workers stop', ['w1'])
    const lines = (await started.ended).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string })
    sameForm(formOf(lines.find(({ event }) => event === 'running')), formOf(jsonOf('offstage start')[0]))
    checked.add('offstage start 0')
    const dashboard = project.start(['dashboard', '--port', '0', '--json'])
    await dashboard.said('"signIn":')
    dashboard.child.kill('SIGTERM')
    sameForm(formOf(JSON.parse((await dashboard.ended).stdout)), formOf(jsonOf('offstage dashboard')[0]))
    checked.add('offstage dashboard 0')
    await check('offstage move', ['--to', 'sqlite:moved.db', '--dry-run'], 1)
    await check('offstage move', ['--to', 'sqlite:moved.db'])
    const empty = new Project()
    empty.delete('offstage.config.js')
    const init = await empty.json('init')
    empty.remove()
    sameForm(formOf(init), formOf(jsonOf('offstage init')[0]))
    checked.add('offstage init 0')
    const all = [...documented.keys()].flatMap((command) => jsonOf(command).map((_, block) => `${command} ${block}`))
    expect([...checked].toSorted()).toEqual(all.toSorted())
  })
})
