import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { formatDuration } from '../../src/core/duration.ts'
import { Project } from './project.ts'

vi.setConfig({ testTimeout: 120_000 })

let project: Project
beforeEach(() => {
  project = new Project()
})
afterEach(() => project.remove())

const MAIN_LOG = 'logs/background_jobs.log'
const ERROR_LOG = 'logs/background_jobs_errors.log'
const LINE = /^\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\] ([^\n]+)$/

function config(more: string): void {
  const text = readFileSync(project.path('offstage.config.js'), 'utf8')
  project.write(
    'offstage.config.js',
    text.replace("database: 'sqlite:jobs.db',", (found) => `${found}\n  ${more},`),
  )
}

/** The lines of a log file about one job, without their times; each time must be of the last minutes. */
function linesOf(file: string, id: string): string[] {
  const lines = readFileSync(project.path(file), 'utf8').split('\n')
  expect(lines.pop()).toBe('')
  return lines
    .map((line) => {
      const [, time = '', rest = ''] = LINE.exec(line) ?? []
      const at = Date.parse(`${time.replace(' ', 'T')}Z`)
      expect(Math.abs(Date.now() - at), line).toBeLessThan(120_000)
      return rest
    })
    .filter((line) => line.includes(id))
}

type Attempt = { startedAt: string; finishedAt: string }

async function attemptsOf(id: string): Promise<Attempt[]> {
  return ((await project.json('jobs', 'show', id)) as { attempts: Attempt[] }).attempts
}

function duration(attempt: Attempt | undefined): string {
  return formatDuration(Date.parse(attempt?.finishedAt ?? '') - Date.parse(attempt?.startedAt ?? ''))
}

/** `2026-11-22 10:00:12`, one second after the attempt ended: that is the backoff here. */
function nextAttempt(attempt: Attempt | undefined): string {
  const at = new Date(Date.parse(attempt?.finishedAt ?? '') + 1_000)
  return at.toISOString().slice(0, 19).replace('T', ' ')
}

describe('the log files of a real worker', () => {
  test('have the lines of the design: a job that completes, one that is retried, one that fails for good', async () => {
    const options = ['--retries', '1', '--priority']
    const done = await project.enqueue('SampleJob', 'process', '[{"data":"example"}]', ...options, 'high')
    const retried = await project.enqueue('SampleJob', 'flaky', '[]', '--retries', '3')
    const failed = await project.enqueue('SampleJob', 'fail', '["no\\nluck"]', ...options, '7')
    const text = readFileSync(project.path('offstage.config.js'), 'utf8')
    project.write('offstage.config.js', text.replace('backoff: 0', "backoff: { type: 'fixed', delay: 1 }"))
    const worker = project.start(['work', '--id', 'w1'])
    await vi.waitFor(
      async () => {
        const { jobs } = (await project.json('jobs', 'list', '--status', 'completed,failed')) as { jobs: unknown[] }
        expect(jobs).toHaveLength(3)
      },
      { timeout: 60_000, interval: 200 },
    )
    worker.child.kill('SIGTERM')
    await worker.ended

    const of = (id: string, method: string) => ` | Id: ${id} | Class: SampleJob | Method: ${method}`
    expect(linesOf(MAIN_LOG, done)).toEqual([
      `INFO: Job dispatched${of(done, 'process')} | Parameters: [{"data":"example"}] | Priority: high`,
      `INFO: Job running${of(done, 'process')} | Attempt: 1/2`,
      `INFO: Job completed${of(done, 'process')} | Attempt: 1/2 | Duration: ${duration((await attemptsOf(done))[0])}`,
    ])
    const [first, second] = await attemptsOf(retried)
    const again = `WARNING: Job failed, will retry${of(retried, 'flaky')} | Attempt: 1/4 | Next attempt: ${nextAttempt(first)} | Error: the first is no good`
    expect(linesOf(MAIN_LOG, retried)).toEqual([
      `INFO: Job dispatched${of(retried, 'flaky')} | Parameters: [] | Priority: medium`,
      `INFO: Job running${of(retried, 'flaky')} | Attempt: 1/4`,
      again,
      `INFO: Job running${of(retried, 'flaky')} | Attempt: 2/4`,
      `INFO: Job completed${of(retried, 'flaky')} | Attempt: 2/4 | Duration: ${duration(second)}`,
    ])
    const [before] = await attemptsOf(failed)
    const bad = [
      `WARNING: Job failed, will retry${of(failed, 'fail')} | Attempt: 1/2 | Next attempt: ${nextAttempt(before)} | Error: TypeError: no\\nluck`,
      `ERROR: Job failed${of(failed, 'fail')} | Attempt: 2/2 | Error: TypeError: no\\nluck`,
    ]
    expect(linesOf(MAIN_LOG, failed)).toEqual([
      `INFO: Job dispatched${of(failed, 'fail')} | Parameters: ["no\\nluck"] | Priority: 7`,
      `INFO: Job running${of(failed, 'fail')} | Attempt: 1/2`,
      bad[0],
      `INFO: Job running${of(failed, 'fail')} | Attempt: 2/2`,
      bad[1],
    ])
    // The file of errors has exactly what is no INFO, the same to the byte.
    const all = readFileSync(project.path(MAIN_LOG), 'utf8').split('\n')
    const wrong = all.filter((line) => /\] (WARNING|ERROR): /.test(line))
    expect(readFileSync(project.path(ERROR_LOG), 'utf8')).toBe(`${wrong.join('\n')}\n`)
    expect(wrong.map((line) => line.slice(line.indexOf(']') + 2)).toSorted()).toEqual([again, ...bad].toSorted())
  })

  test('are lines of JSON when they are told to be', async () => {
    config("logs: { format: 'json' }")
    const id = await project.enqueue('SampleJob', 'fail', '["no"]', '--delay', '0.001')
    await project.run('work', '--drain', '--id', 'w1')
    const lines = readFileSync(project.path(MAIN_LOG), 'utf8').trimEnd().split('\n')
    const steps = lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line.id === id)
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    const job = { time, id, class: 'SampleJob', method: 'fail', queue: 'default' }
    const attempt = { ...job, attempt: 1, maxAttempts: 1, workerId: 'w1' }
    expect(steps).toEqual([
      {
        ...job,
        level: 'info',
        event: 'dispatched',
        message: 'Job dispatched',
        args: ['no'],
        priority: 0,
        runAt: null,
        delayMs: 1,
      },
      { ...attempt, level: 'info', event: 'running', message: 'Job running' },
      {
        ...attempt,
        level: 'error',
        event: 'failed',
        message: 'Job failed',
        reason: null,
        error: expect.objectContaining({ name: 'TypeError', message: 'no' }),
      },
    ])
    const errors = readFileSync(project.path(ERROR_LOG), 'utf8').trimEnd().split('\n')
    expect(errors).toEqual(lines.filter((line) => line.includes('"level":"error"')))
  })

  test('lose no line while two workers rotate them under load', async () => {
    config('logs: { maxSize: 20_000, keep: 1_000 }')
    const count = 5_000
    project.write(
      'fill.js',
      `import offstage from './offstage.config.js'
      const jobs = Array.from({ length: ${count} / 10 }, () => ['SampleJob', 'process'])
      for (let i = 0; i < 10; i++) await offstage.runBackgroundJobs(jobs)
      await offstage.close()`,
    )
    const workers = [project.start(['work', '--id', 'left']), project.start(['work', '--id', 'right'])]
    await Promise.all(workers.map((worker) => worker.said('started')))
    expect((await project.node('fill.js')).code).toBe(0)
    await vi.waitFor(
      async () => expect(await project.json('stats')).toMatchObject({ jobs: { completed: count, pending: 0 } }),
      { timeout: 60_000, interval: 200 },
    )
    for (const { child } of workers) child.kill('SIGTERM')
    await Promise.all(workers.map(({ ended }) => ended))

    const files = readdirSync(project.path('logs')).filter((name) => !name.includes('errors'))
    expect(files.length).toBeGreaterThan(10)
    const seen = new Map<string, string[]>()
    const by = new Set<string>()
    for (const file of files) {
      const lines = readFileSync(project.path(`logs/${file}`), 'utf8').split('\n')
      expect(lines.pop()).toBe('')
      for (const line of lines) {
        expect(line).toMatch(LINE)
        const [, worker] = /Worker started \| Worker: (\w+)/.exec(line) ?? []
        if (worker !== undefined) by.add(worker)
        const [, step = '', id] = /: (Job \w+) \| Id: (\S+) /.exec(line) ?? []
        if (id !== undefined) seen.set(id, [...(seen.get(id) ?? []), step])
      }
    }
    expect([...by].sort()).toEqual(['left', 'right'])
    expect(seen.size).toBe(count)
    for (const [id, steps] of seen) {
      const own = steps.filter((step) => step !== 'Job released').toSorted()
      expect(own, id).toEqual(['Job completed', 'Job dispatched', 'Job running'])
    }
  })

  test.each([['work', '--drain'], ['start'], ['run', 'SampleJob', 'process']])(
    'one that cannot be written keeps `%s` from starting',
    async (...args) => {
      writeFileSync(project.path('logs'), 'a file where the folder should be')
      const ended = await project.run(...args)
      expect(ended).toMatchObject({ code: 1, stdout: '' })
      expect(ended.stderr).toMatch(
        /^offstage: the log file logs\/background_jobs\.log cannot be written \(\w+\): make its folder writable[^\n]+\n$/,
      )
      expect(await project.json('jobs', 'list')).toMatchObject({ jobs: [] })
    },
  )
})
