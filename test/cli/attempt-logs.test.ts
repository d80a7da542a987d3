import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Project } from './project.ts'

vi.setConfig({ testTimeout: 90_000 })

const INDEX = new URL('../../dist/index.js', import.meta.url).href

const JOBS = `
import { currentJob } from ${JSON.stringify(INDEX)}
export class Chatty {
  many(lines) {
    for (let i = 1; i <= lines; i++) console.log('line', i)
  }
  large(lines, text, times) {
    for (let i = 0; i < lines; i++) console.log(text.repeat(times))
  }
  severities() {
    console.debug('debugged')
    console.info('informed')
    console.warn('warned')
    console.error('failed')
    currentJob().log.warning('said', { so: true })
    process.stdout.write('written\\nin pieces')
    process.stderr.write('and badly\\n')
  }
  async endless() {
    const { log, signal } = currentJob()
    log('it begins')
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  }
  async slow() {
    const { attempt, log } = currentJob()
    log('attempt ' + attempt + ' begins')
    await new Promise((resolve) => setTimeout(resolve, 400))
    log('attempt ' + attempt + ' ends')
    if (attempt === 1) throw new Error('once more')
  }
}
`

const CONFIG = `
import { allow, defineOffstage } from ${JSON.stringify(INDEX)}
import { Chatty } from './chatty.js'
export default defineOffstage({
  database: 'sqlite:jobs.db',
  logs: false,
  defaults: { retries: 0, backoff: 0 },
  jobs: [allow(Chatty, { many: { isolation: 'inline' }, large: { isolation: 'inline' }, severities: {}, endless: {}, slow: { retries: 1 } })],
})
`

let project: Project
beforeAll(() => {
  project = new Project()
  project.write('chatty.js', JOBS)
  project.write('offstage.config.js', CONFIG)
})
afterAll(() => project.remove())

type Line = { attempt: number; at: string; severity: string; text: string }
const lines = async (id: string, ...flags: string[]) => (await project.json('jobs', 'logs', id, ...flags)) as Line[]

async function logged(method: string, args: unknown[]): Promise<Line[]> {
  const id = await project.enqueue('Chatty', method, JSON.stringify(args))
  await project.run('work', '--drain')
  expect(await project.json('jobs', 'show', id)).toMatchObject({ status: 'completed' })
  return await lines(id)
}

const FULL = 'this attempt logged more than is kept; the rest is dropped'

describe('what an attempt logs', () => {
  test('is kept up to 2,000 lines; one more, and a warning says so', async () => {
    const most = await logged('many', [2_000])
    expect(most).toHaveLength(2_000)
    expect(most.at(-1)).toMatchObject({ severity: 'info', text: 'line 2000' })
    const over = await logged('many', [5_000])
    expect(over).toHaveLength(2_001)
    expect(over.at(-2)).toMatchObject({ text: 'line 2000' })
    expect(over.at(-1)).toMatchObject({ severity: 'warning', text: FULL })
  })

  test('is kept up to 512 KiB', async () => {
    const exact = await logged('large', [8, 'x', 65_536])
    expect(exact).toHaveLength(8)
    // Counted in bytes, not in characters.
    const wide = await logged('large', [5, 'é', 65_536])
    expect(wide.map(({ text }) => text.length)).toEqual([65_536, 65_536, 65_536, 65_536, FULL.length])
    const over = await logged('large', [9, 'x', 65_536])
    expect(over.at(-1)).toMatchObject({ severity: 'warning', text: FULL })
    expect(over).toHaveLength(9)
  })

  test('has its severity, whichever way it was said', async () => {
    const said = (await logged('severities', [])).map(({ severity, text }) => `${severity} ${text}`)
    expect(said.toSorted()).toEqual([
      'debug debugged',
      'error and badly',
      'error failed',
      'info in pieces',
      'info informed',
      'info written',
      'warning said { so: true }',
      'warning warned',
    ])
  })
})

describe('jobs logs', () => {
  test('--follow prints lines as they come, over all attempts, and ends with the job', async () => {
    const id = await project.enqueue('Chatty', 'slow')
    const following = project.start(['jobs', 'logs', id.slice(0, 30), '--follow'])
    const json = project.start(['jobs', 'logs', id, '--follow', '--json'])
    const first = project.start(['jobs', 'logs', id, '--follow', '--attempt', '1'])
    const worker = project.start(['work', '--id', 'w1'])
    await following.said('attempt 1 begins')
    const { code, stdout, stderr } = await following.ended
    expect(code).toBe(0)
    const texts = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('  ').at(-1)?.trim())
    expect(texts).toEqual(['attempt 1 begins', 'attempt 1 ends', 'attempt 2 begins', 'attempt 2 ends'])
    expect(stderr).toBe(`offstage: job ${id} completed\n`)
    const streamed = await json.ended
    expect(streamed.stderr).toBe('')
    expect(
      streamed.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(await lines(id))
    const only = await first.ended
    expect(only.stdout.trimEnd().split('\n')).toHaveLength(2)
    expect(await lines(id, '--attempt', '2')).toEqual((await lines(id)).slice(2))
    worker.child.kill('SIGTERM')
    await worker.ended
    const third = await project.run('jobs', 'logs', id, '--attempt', '3')
    expect(third).toMatchObject({ code: 2, stderr: `offstage: --attempt is 3, but job ${id} has had 2 so far\n` })
  })

  test('--follow waits for a job that has not begun, and ends when it is cancelled', async () => {
    const id = await project.enqueue('Chatty', 'many', '[1]', '--delay', '1h')
    const following = project.start(['jobs', 'logs', id, '--follow'])
    await project.run('jobs', 'run-now', id)
    await project.run('work', '--drain')
    expect(await following.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/line 1\n$/) })
    const other = await project.enqueue('Chatty', 'slow', '[]', '--delay', '1h')
    const waiting = project.start(['jobs', 'logs', other, '--follow', '--json'])
    const told = project.start(['jobs', 'logs', other, '--follow'])
    await project.run('jobs', 'cancel', other)
    expect(await told.ended).toEqual({ code: 0, stdout: '', stderr: `offstage: job ${other} cancelled\n` })
    expect(await waiting.ended).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('--follow ends with 130 on Ctrl-C; the job goes on', async () => {
    const id = await project.enqueue('Chatty', 'endless')
    const following = project.start(['jobs', 'logs', id, '--follow'])
    const worker = project.start(['work', '--once'])
    await following.said('it begins')
    following.child.kill('SIGINT')
    expect((await following.ended).code).toBe(130)
    expect(await project.json('jobs', 'show', id)).toMatchObject({ status: 'running' })
    await project.run('jobs', 'cancel', id)
    expect((await worker.ended).code).toBe(0)
  })
})
