import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Project } from './project.ts'

vi.setConfig({ testTimeout: 90_000 })

let project: Project
beforeEach(() => {
  project = new Project()
})
afterEach(() => project.remove())

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const iso = expect.stringMatching(ISO)

async function soon(look: () => Promise<void>): Promise<void> {
  await vi.waitFor(look, { timeout: 20_000, interval: 50 })
}

describe('queues', () => {
  test('list tells what waits where; a paused queue starts nothing until it is resumed', async () => {
    expect(await project.run('queues', 'list')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('no queues yet'),
    })
    await project.enqueue('SampleJob', 'process', '[]', '--queue', 'mail')
    await project.enqueue('SampleJob', 'process', '[]', '--queue', 'mail', '--delay', '1h')
    const counts = { ready: 1, delayed: 1, running: 0, more: false, oldestReadyAt: iso }
    const mail = { name: 'mail', paused: false, pauseReason: null, ...counts }
    expect(await project.json('queues', 'list')).toEqual([mail])
    const pause = ['queues', 'pause', 'mail', '--reason', 'the provider is down']
    expect(await project.run(...pause)).toEqual({ code: 0, stdout: 'mail paused\n', stderr: '' })
    await project.run('work', '--drain')
    expect(await project.json('queues', 'list')).toEqual([
      { ...mail, paused: true, pauseReason: 'the provider is down' },
    ])
    const { stdout } = await project.run('queues', 'list')
    expect(stdout).toMatch(/^mail\tpaused\t1\t1\t0\t\S+Z\n$/)
    expect(await project.json('queues', 'resume', 'mail')).toEqual([mail])
    await project.run('work', '--drain')
    expect(await project.json('queues', 'list')).toEqual([{ ...mail, ready: 0, oldestReadyAt: null }])
  })

  test('one that is not there can be paused for later, but not resumed; then none is', async () => {
    const paused = await project.run('queues', 'pause', 'mail', 'news')
    expect(paused).toEqual({
      code: 0,
      stdout: 'mail paused\nnews paused\n',
      stderr:
        'offstage: the queue mail has had no job yet; it is paused for when one comes\n' +
        'offstage: the queue news has had no job yet; it is paused for when one comes\n',
    })
    const resumed = await project.run('queues', 'resume', 'mail', 'nwes')
    expect(resumed).toEqual({ code: 4, stdout: '', stderr: 'offstage: there is no queue nwes; did you mean news?\n' })
    expect(await project.json('queues', 'list')).toMatchObject([{ paused: true }, { paused: true }])
  })
})

describe('workers', () => {
  test('list shows them; quiet, resume and stop are heard', async () => {
    expect((await project.run('workers', 'list')).stderr).toContain('no worker runs: start one with `offstage work`')
    const worker = project.start(['work', '--id', 'w1', '--queue', 'default'])
    await worker.said('started')
    const listed = {
      id: 'w1',
      host: expect.any(String),
      pid: worker.child.pid,
      status: 'running',
      queues: 'default',
      concurrency: expect.any(Number),
      version: expect.stringMatching(/^\d+\./),
      release: null,
      startedAt: iso,
      lastSeenAt: iso,
      running: 0,
    }
    expect(await project.json('workers', 'list')).toEqual([listed])
    expect(await project.run('workers', 'quiet', 'w1')).toEqual({
      code: 0,
      stdout: 'w1 was asked to claim no more jobs\n',
      stderr: '',
    })
    expect(await project.json('workers', 'list')).toMatchObject([{ status: 'quiet' }])
    expect(await project.json('workers', 'resume', 'w1')).toEqual([{ id: 'w1', asked: true }])
    const id = await project.enqueue('SampleJob', 'process')
    await soon(async () => expect(await project.json('jobs', 'show', id)).toMatchObject({ status: 'completed' }))
    const typo = await project.run('workers', 'stop', 'w2')
    expect(typo).toEqual({ code: 4, stdout: '', stderr: 'offstage: no worker "w2" runs; did you mean w1?\n' })
    expect((await project.run('workers', 'stop', 'w1')).stdout).toBe('w1 was asked to stop\n')
    expect((await worker.ended).code).toBe(0)
    expect(await project.json('workers', 'list')).toEqual([])
  })
})

describe('stats', () => {
  test('tell jobs, queues, workers and what became of the jobs of each handler', async () => {
    for (const method of ['process', 'process', 'fail']) await project.enqueue('SampleJob', method)
    await project.run('work', '--drain')
    await project.enqueue('SampleJob', 'process', '[]', '--delay', '1h')
    await project.enqueue('SampleJob', 'process', '[]', '--queue', 'mail')
    const ms = expect.any(Number)
    const times = { waitP50Ms: ms, waitP95Ms: ms, runP50Ms: ms, runP95Ms: ms }
    const none = {
      paused: false,
      pauseReason: null,
      ready: 0,
      delayed: 0,
      running: 0,
      more: false,
      oldestReadyAt: null,
    }
    expect(await project.json('stats')).toEqual({
      at: iso,
      jobs: { pending: 2, running: 0, completed: 2, failed: 1, cancelled: 0 },
      more: [],
      workers: { running: 0, quiet: 0, stopping: 0, lost: 0 },
      oldestReadyAt: iso,
      queues: [
        { ...none, name: 'default', delayed: 1 },
        { ...none, name: 'mail', ready: 1, oldestReadyAt: iso },
      ],
      since: iso,
      handlers: [
        { class: 'SampleJob', method: 'fail', completed: 0, failed: 1, ...times },
        { class: 'SampleJob', method: 'process', completed: 2, failed: 0, ...times },
      ],
    })
    const { code, stdout } = await project.run('stats')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Jobs {5}2 pending, 0 running, 2 completed, 1 failed, 0 cancelled\n/)
    expect(stdout).toMatch(/\nSampleJob\.process\t2\t0\t/)
    // What is paused is not late.
    await project.run('queues', 'pause', 'mail')
    expect(await project.json('stats')).toMatchObject({ oldestReadyAt: null })
  })

  test('--watch goes on, a line a second, until Ctrl-C', async () => {
    const watching = project.start(['stats', '--watch', '--json'])
    await watching.said('"pending":0')
    await project.enqueue('SampleJob', 'process')
    await watching.said('"pending":1')
    watching.child.kill('SIGINT')
    const { code, stdout, stderr } = await watching.ended
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' })
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { at: string })
    expect(lines.length).toBeGreaterThanOrEqual(2)
    for (const [i, { at }] of lines.entries()) {
      const before = lines[i - 1]
      if (before !== undefined) expect(Date.parse(at) - Date.parse(before.at)).toBeGreaterThan(900)
    }
    const plain = project.start(['stats', '--watch'])
    await plain.said('1 pending')
    plain.child.kill('SIGTERM')
    expect((await plain.ended).code).toBe(130)
  })
})
