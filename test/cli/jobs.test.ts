import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Project } from './project.ts'

vi.setConfig({ testTimeout: 90_000 })

let project: Project
beforeAll(() => {
  project = new Project()
})
afterAll(() => project.remove())

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

async function show(id: string) {
  return (await project.json('jobs', 'show', id)) as Record<string, unknown> & { attempts: Record<string, unknown>[] }
}

describe('run', () => {
  test('prints the id, as JSON with its status', async () => {
    const plain = await project.run('run', 'SampleJob', 'process')
    expect(plain).toMatchObject({ code: 0, stderr: '' })
    expect(plain.stdout).toMatch(/^\S+ created\n$/)
    expect(await project.json('run', 'SampleJob', 'process')).toEqual({
      id: expect.stringMatching(ID),
      status: 'created',
    })
  })

  test.each([
    ['["text",1,{"a":[true,null]}]', ['text', 1, { a: [true, null] }]],
    ['param1, param2', ['param1', 'param2']],
    ['one', ['one']],
    ['', []],
    ['{not json', ['{not json']],
  ])('reads the arguments %j', async (text, args) => {
    expect((await show(await project.enqueue('SampleJob', 'process', text))).args).toEqual(args)
  })

  test('stores every option', async () => {
    const options = [
      '--retries',
      '2',
      '--delay',
      '1h',
      '--priority',
      'high',
      '--queue',
      'mail',
      '--tag',
      'a,b',
      '--tag',
      'c',
    ]
    const id = await project.enqueue('SampleJob', 'process', '[]', ...options, '--timeout', '5s', '--expires-in', '2h')
    const job = await show(id)
    expect(job).toMatchObject({ maxAttempts: 3, priority: 10, queue: 'mail', tags: ['a', 'b', 'c'], reason: 'delayed' })
    expect(Date.parse(job.runAt as string) - Date.parse(job.createdAt as string)).toBeCloseTo(3_600_000, -3)
  })

  test('takes a date as the delay', async () => {
    const id = await project.enqueue('SampleJob', 'process', '[]', '--delay', '2099-01-02T03:04:05Z')
    expect((await show(id)).runAt).toBe('2099-01-02T03:04:05.000Z')
  })
})

describe('jobs', () => {
  test('show has the documented JSON before and after a run', async () => {
    const id = await project.enqueue('SampleJob', 'flaky', '[]', '--queue', 'shown', '--tag', 'x')
    const pending = await show(id)
    expect(pending).toEqual({
      id,
      class: 'SampleJob',
      method: 'flaky',
      args: [],
      status: 'pending',
      reason: null,
      priority: 0,
      queue: 'shown',
      attempt: 0,
      maxAttempts: 4,
      runAt: expect.stringMatching(ISO),
      createdAt: expect.stringMatching(ISO),
      startedAt: null,
      finishedAt: null,
      progress: null,
      result: null,
      error: null,
      tags: ['x'],
      attempts: [],
    })
    expect(await project.run('work', '--drain', '--queue', 'shown', '--id', 'tester')).toMatchObject({ code: 0 })
    const done = await show(id)
    expect(done).toMatchObject({ status: 'completed', attempt: 2, result: 'second', error: null })
    const attempt = {
      workerId: 'tester',
      startedAt: expect.stringMatching(ISO),
      finishedAt: expect.stringMatching(ISO),
    }
    expect(done.attempts).toEqual([
      {
        attempt: 1,
        outcome: 'failed',
        ...attempt,
        error: expect.objectContaining({ message: 'the first is no good' }),
      },
      { attempt: 2, outcome: 'completed', ...attempt, error: null },
    ])
    const plain = await project.run('jobs', 'show', id)
    expect(plain.stdout).toContain('the first is no good')
    expect(plain.stdout).toMatch(/^Why +It completed after .*, at attempt 2\.$/m)
    expect(plain.stdout).not.toContain('\u001b')
  })

  test('show says why a job waits, and what to do', async () => {
    const id = await project.enqueue('SampleJob', 'process', '[]', '--queue', 'asked')
    const asked = async () => (await project.run('jobs', 'show', id)).stdout
    expect(await asked()).toMatch(/^Why +It is due, but no worker is running\.\nWhat to do +Start one with /m)
    await project.run('queues', 'pause', 'asked')
    expect(await asked()).toMatch(/^Why +Its queue asked is paused\.$/m)
    await project.run('jobs', 'delete', id)
  })

  test('a beginning that only one job has is enough of an id', async () => {
    const id = await project.enqueue('SampleJob', 'process', '[]', '--delay', '1h')
    expect(await project.json('jobs', 'cancel', id.slice(0, 30).toUpperCase())).toEqual([{ id, result: 'done' }])
    const several = await project.run('jobs', 'show', '0')
    expect(several).toMatchObject({ code: 2, stderr: expect.stringContaining('several jobs begin with 0') })
  })

  test('list filters, pages and prints lines that can be cut', async () => {
    const ids: string[] = []
    for (let i = 0; i < 3; i++)
      ids.unshift(await project.enqueue('SampleJob', 'fail', '[]', '--queue', 'listed', '--tag', 't'))
    const filter = [
      '--class',
      'SampleJob',
      '--method',
      'fail',
      '--queue',
      'listed',
      '--tag',
      't',
      '--status',
      'pending,failed',
    ]
    type Page = { jobs: { id: string }[]; cursor: string | null }
    const first = (await project.json('jobs', 'list', ...filter, '--limit', '2')) as Page
    expect(first.jobs.map(({ id }) => id)).toEqual(ids.slice(0, 2))
    const second = (await project.json(
      'jobs',
      'list',
      ...filter,
      '--limit',
      '2',
      '--cursor',
      first.cursor ?? '',
    )) as Page
    expect(second.jobs.map(({ id }) => id)).toEqual(ids.slice(2))
    const { stdout } = await project.run('jobs', 'list', '--queue', 'listed')
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'))
    expect(lines.map(([id]) => id)).toEqual(ids)
    expect(lines[0]?.slice(1)).toEqual([
      'pending',
      'SampleJob.fail',
      'medium',
      'listed',
      '0/1',
      expect.stringMatching(ISO),
    ])
    expect((await project.run('jobs', 'list', '--queue', 'nowhere')).stderr).toBe('offstage: no jobs\n')
  })

  test('retry, run-now, logs and delete do what they say; in another state they fail', async () => {
    const id = await project.enqueue('SampleJob', 'process', '["a"]', '--queue', 'changed', '--delay', '1h')
    const work = () => project.run('work', '--drain', '--queue', 'changed')
    expect(await project.run('jobs', 'retry', id)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `offstage: job ${id} is pending: only a failed or cancelled job can be retried; possible now: cancel, run-now, delete\n`,
    })
    expect(await project.run('jobs', 'run-now', id)).toMatchObject({ code: 0, stdout: `${id} due now\n` })
    await work()
    expect(await show(id)).toMatchObject({ status: 'completed', result: ['a'] })
    expect(await project.json('jobs', 'logs', id)).toEqual([
      { attempt: 1, at: expect.stringMatching(ISO), severity: 'info', text: 'got 1' },
    ])
    expect((await project.run('jobs', 'logs', id)).stdout).toMatch(/ 1 {2}info {5}got 1\n$/)
    expect(await project.run('jobs', 'cancel', id)).toMatchObject({ code: 1 })
    expect(await project.json('jobs', 'delete', id)).toMatchObject([{ id, result: 'done' }])
    expect(await project.run('jobs', 'show', id)).toMatchObject({ code: 4, stdout: '' })
  })

  test('clear removes what is not running, after a yes', async () => {
    const fresh = new Project()
    for (let i = 0; i < 2; i++) await fresh.enqueue('SampleJob', 'process')
    expect(await fresh.json('jobs', 'clear', '--yes')).toEqual({ deleted: 2, spared: 0 })
    expect(await fresh.json('jobs', 'list')).toEqual({ jobs: [], cursor: null })
    fresh.remove()
  })
})
