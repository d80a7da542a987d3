import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { until } from '../support/until.ts'
import { MAIN, Project } from './project.ts'

vi.setConfig({ testTimeout: 90_000 })

let project: Project
beforeEach(() => {
  project = new Project()
})
afterEach(() => project.remove())

async function status(id: string): Promise<unknown> {
  const { status, reason, attempt } = (await project.json('jobs', 'show', id)) as Record<string, unknown>
  return { status, reason, attempt }
}

describe('run --wait', () => {
  test('exits with 0 when the job completed, and prints it as JSON', async () => {
    const worker = project.start(['work'])
    await worker.said('started')
    const { code, stdout, stderr } = await project.run('run', 'SampleJob', 'process', '["x"]', '--wait', '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'completed',
      result: ['x'],
      attempts: [{ outcome: 'completed' }],
    })
    const failed = await project.run('run', 'SampleJob', 'fail', 'bad', '--wait')
    expect(failed.code).toBe(1)
    expect(failed.stderr).toBe('offstage: SampleJob.fail failed: TypeError: bad\n')
    const json = await project.run('run', 'SampleJob', 'fail', '--wait', '--json')
    expect(json.code).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: 'failed',
      error: { name: 'TypeError', message: 'no luck' },
    })
    worker.child.kill('SIGTERM')
    expect((await worker.ended).code).toBe(0)
  })

  test('says when no worker serves the queue, and goes on waiting for one', async () => {
    const waiting = project.start(['run', 'SampleJob', 'process', '--queue', 'lonely', '--wait'])
    await waiting.said('no worker serves the queue lonely now')
    await project.run('work', '--drain')
    expect((await waiting.ended).code).toBe(0)
  })

  test('exits with 130 on Ctrl-C; the job goes on', async () => {
    const waiting = project.start(['run', 'SampleJob', 'process', '--wait'])
    await waiting.said('no worker serves')
    waiting.child.kill('SIGINT')
    const { code, stdout, stderr } = await waiting.ended
    expect(code).toBe(130)
    const id = stdout.split(' ')[0] ?? ''
    expect(stderr).toContain(`the job goes on: \`offstage jobs show ${id}\``)
    expect(await status(id)).toEqual({ status: 'pending', reason: null, attempt: 0 })
  })
})

describe('work', () => {
  test('--drain runs what has come by the clock, too, before it ends', async () => {
    project.schedule("nightly: ['0 3 * * *', SampleJob, 'process']")
    expect(await project.json('work', '--drain')).toMatchObject({ completed: 0 })
    const database = new DatabaseSync(project.path('jobs.db'))
    database.exec('update offstage_schedule set next_at = next_at - 86400000')
    database.close()
    expect(await project.json('work', '--drain')).toMatchObject({ completed: 1 })
    expect(await project.json('jobs', 'list')).toMatchObject({ jobs: [{ tags: ['schedule:nightly'] }] })
  })

  test('--drain runs what is due and exits with 0', async () => {
    for (let i = 0; i < 3; i++) await project.enqueue('SampleJob', 'process', '["x"]')
    await project.enqueue('SampleJob', 'fail')
    const delayed = await project.enqueue('SampleJob', 'process', '[]', '--delay', '1h')
    const { code, stdout } = await project.run('work', '--drain', '--id', 'w1', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      workerId: 'w1',
      completed: 3,
      retrying: 0,
      failed: 1,
      cancelled: 0,
      snoozed: 0,
    })
    expect(await status(delayed)).toEqual({ status: 'pending', reason: 'delayed', attempt: 0 })
  })

  test('--once runs one job', async () => {
    // Of two isolations: each has a lane of its own in the worker.
    for (const method of ['process', 'apart', 'process']) await project.enqueue('SampleJob', method)
    const { code, stdout } = await project.run('work', '--once', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ completed: 1 })
    const { jobs } = (await project.json('jobs', 'list', '--status', 'pending')) as { jobs: unknown[] }
    expect(jobs).toHaveLength(2)
  })

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s lets a running job go back without spending an attempt',
    async (signal) => {
      const id = await project.enqueue('SampleJob', 'long')
      const worker = project.start(['work'])
      await vi.waitFor(async () => expect(await status(id)).toMatchObject({ status: 'running' }), {
        timeout: 15_000,
        interval: 50,
      })
      worker.child.kill(signal)
      expect((await worker.ended).code).toBe(signal === 'SIGINT' ? 130 : 0)
      expect(await status(id)).toMatchObject({ status: 'pending', attempt: 0 })
    },
  )

  test('a second worker of one id is refused', async () => {
    const first = project.start(['work', '--id', 'same'])
    await first.said('started')
    const second = await project.run('work', '--id', 'same')
    expect(second.code).toBe(1)
    expect(second.stderr).toMatch(/^offstage: [^\n]*same[^\n]*\n$/)
    first.child.kill('SIGTERM')
    expect((await first.ended).code).toBe(0)
  })

  test('a worker of a database that is none, or of a newer version, exits with 3', async () => {
    project.write('jobs.db', 'this is a text, and a rather long one at that, but no database at all')
    const other = await project.run('work', '--drain')
    expect(other).toMatchObject({ code: 3, stdout: '' })
    const newer = new Project()
    await newer.enqueue('SampleJob', 'process')
    const database = new DatabaseSync(newer.path('jobs.db'))
    const [{ name = '' } = {}] = database
      .prepare("select name from sqlite_schema where name like '%migration%'")
      .all() as { name?: string }[]
    expect(name).not.toBe('')
    const columns = database
      .prepare(`pragma table_info(${name})`)
      .all()
      .map((row) => String(row.name))
    const latest = database.prepare(`select * from ${name} order by 1 desc limit 1`).get() as Record<string, unknown>
    const values = columns.map((column, i) => (i === 0 ? 9_999 : latest[column])) as (string | number)[]
    database.prepare(`insert into ${name} (${columns}) values (${columns.map(() => '?')})`).run(...values)
    database.close()
    const ended = await newer.run('jobs', 'list')
    expect(ended).toMatchObject({ code: 3, stdout: '' })
    newer.remove()
  })
})

describe('start', () => {
  test('says where everything is, and shows each step', async () => {
    const started = project.start(['start', '--id', 'shown'])
    await started.said('worker shown started')
    const id = await project.enqueue('SampleJob', 'flaky')
    await started.said('completed')
    started.child.kill('SIGINT')
    const { code, stdout } = await started.ended
    expect(code).toBe(130)
    for (const line of ['Database', 'sqlite:jobs.db', 'logs/background_jobs.log', 'offstage run SampleJob process']) {
      expect(stdout).toContain(line)
    }
    const steps = stdout.split('\n').filter((line) => line.includes(id.slice(0, 26)))
    expect(steps.map((line) => line.split(/ {2,}/).slice(1, 5))).toEqual([
      ['running', 'SampleJob.flaky', id.slice(0, 26), '1/4'],
      ['retrying', 'SampleJob.flaky', id.slice(0, 26), '1/4'],
      ['running', 'SampleJob.flaky', id.slice(0, 26), '2/4'],
      ['completed', 'SampleJob.flaky', id.slice(0, 26), '2/4'],
    ])
    expect(stdout).not.toContain('\u001b')
  })

  test('takes its queues in strict order; --json prints the steps as lines of JSON', async () => {
    for (const queue of ['low', 'other', 'medium', 'high']) {
      await project.enqueue('SampleJob', 'process', '[]', '--queue', queue)
    }
    const flags = ['--queue', 'high,medium,low', '--concurrency', '1', '--json']
    const started = project.start(['start', ...flags])
    const steps = () => started.said('"queue":"low","attempt":1,"maxAttempts":1,"workerId"')
    await steps()
    started.child.kill('SIGTERM')
    const { code, stdout } = await started.ended
    expect(code).toBe(0)
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.filter(({ event }) => event === 'running').map(({ queue }) => queue)).toEqual([
      'high',
      'medium',
      'low',
    ])
  })

  test('a reader that goes away is no error, and ends it at the next line', async () => {
    // Nothing tells a process that nobody reads its pipe any more, before it writes to that.
    const command = `"${process.execPath}" "${MAIN}" start | { head -n 1; exec <&-; echo gone; }`
    const shell = spawn('bash', ['-c', `set -o pipefail; ${command}`], { cwd: project.folder, stdio: 'pipe' })
    let [stdout, stderr] = ['', '']
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    shell.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const closed = once(shell, 'close')
    await until('its reader has gone', () => stdout.endsWith('gone\n'))
    await project.enqueue('SampleJob', 'process')
    expect((await closed)[0]).toBe(0)
    expect(stderr).toBe('')
  })
})

describe('the log files', () => {
  const lines = (file: string) => readFileSync(project.path(file), 'utf8').trimEnd().split('\n')
  const time = '2000-01-01 00:00:00'
  const masked = (file: string) =>
    lines(file).map((line) =>
      line.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, time).replace(/Duration: [\d.]+m?s/, 'Duration: 1ms'),
    )

  test('have every step, byte by byte: completed, retried, failed for good', async () => {
    const ok = await project.enqueue('SampleJob', 'process', '[{"data":"example"}]', '--priority', 'high')
    const flaky = await project.enqueue('SampleJob', 'flaky', '[]', '--priority', '5')
    const bad = await project.enqueue('SampleJob', 'fail', 'two\nlines', '--priority', 'low')
    await project.run('work', '--drain', '--concurrency', '1', '--id', 'w')
    const job = (id: string, method: string) => `Id: ${id} | Class: SampleJob | Method: ${method}`
    const jobLines = masked('logs/background_jobs.log').filter((line) => !line.includes('Worker'))
    const wrong = [
      `[${time}] WARNING: Job failed, will retry | ${job(flaky, 'flaky')} | Attempt: 1/4 | Next attempt: ${time} | Error: the first is no good`,
      `[${time}] ERROR: Job failed | ${job(bad, 'fail')} | Attempt: 1/1 | Error: TypeError: two\\nlines`,
    ]
    expect(jobLines).toHaveLength(11)
    expect(jobLines.slice(0, 3)).toEqual([
      `[${time}] INFO: Job dispatched | ${job(ok, 'process')} | Parameters: [{"data":"example"}] | Priority: high`,
      `[${time}] INFO: Job dispatched | ${job(flaky, 'flaky')} | Parameters: [] | Priority: 5`,
      `[${time}] INFO: Job dispatched | ${job(bad, 'fail')} | Parameters: ["two\\nlines"] | Priority: low`,
    ])
    const of = (id: string) => jobLines.slice(3).filter((line) => line.includes(id))
    expect(of(ok)).toEqual([
      `[${time}] INFO: Job running | ${job(ok, 'process')} | Attempt: 1/1`,
      `[${time}] INFO: Job completed | ${job(ok, 'process')} | Attempt: 1/1 | Duration: 1ms`,
    ])
    expect(of(flaky)).toEqual([
      `[${time}] INFO: Job running | ${job(flaky, 'flaky')} | Attempt: 1/4`,
      wrong[0],
      `[${time}] INFO: Job running | ${job(flaky, 'flaky')} | Attempt: 2/4`,
      `[${time}] INFO: Job completed | ${job(flaky, 'flaky')} | Attempt: 2/4 | Duration: 1ms`,
    ])
    expect(of(bad)[1]).toBe(wrong[1])
    expect(
      masked('logs/background_jobs_errors.log')
        .filter((line) => !line.includes('Worker'))
        .sort(),
    ).toEqual(wrong.sort())
  })

  test('tell of a job that is cancelled before it has run', async () => {
    const id = await project.enqueue('SampleJob', 'process', '[]')
    await project.run('jobs', 'cancel', id)
    expect(masked('logs/background_jobs.log').slice(1)).toEqual([
      `[${time}] INFO: Job cancelled | Id: ${id} | Class: SampleJob | Method: process | Attempt: 0/1`,
    ])
  })

  test('go where the environment, and .env, say; the environment wins', async () => {
    project.write('.env', 'BACKGROUND_JOB_LOG_DIRECTORY=from-file\nBACKGROUND_JOB_ERROR_LOG_DIRECTORY=wrong.log\n')
    const { ended } = project.start(['run', 'SampleJob', 'process'], { BACKGROUND_JOB_LOG_DIRECTORY: 'from-env' })
    expect((await ended).code).toBe(0)
    expect(readdirSync(project.path('from-env'))).toEqual(['background_jobs.log'])
    expect(readdirSync(project.folder)).toContain('wrong.log')
    expect(readdirSync(project.folder)).not.toContain('from-file')
  })

  test('that cannot be written are an error at the start, and nothing is stored', async () => {
    writeFileSync(project.path('logs'), 'a file where the folder should be')
    for (const args of [
      ['work', '--drain'],
      ['run', 'SampleJob', 'process'],
    ]) {
      const { code, stdout, stderr } = await project.run(...args)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/^offstage: the log file logs\/background_jobs\.log cannot be written \(\w+\): [^\n]+\n$/)
    }
    mkdirSync(project.path('elsewhere'))
    const env = { BACKGROUND_JOB_LOG_DIRECTORY: 'elsewhere', BACKGROUND_JOB_ERROR_LOG_DIRECTORY: 'elsewhere' }
    const { stdout } = await project.start(['jobs', 'list', '--json'], env).ended
    expect(JSON.parse(stdout).jobs).toEqual([])
  })
})
