import { expect, test, vi } from 'vitest'
import { makeApp } from '../support/app.ts'
import { InlineJobs, ProcessJobs } from '../support/promise-jobs.ts'
import { isRunning, until } from '../support/until.ts'

vi.setConfig({ testTimeout: 120_000 })

test.each([1, 5])(
  'SIGTERM, %i times: what is short finishes, the rest goes back without spending an attempt',
  async (times) => {
    await using app = makeApp({
      jobs: ['process', 'inline'],
      config: { worker: { grace: '4s', concurrency: { process: 2, inline: 1 } } },
    })
    const { runBackgroundJob, runBackgroundJobs, jobs } = app.offstage
    // Many quick ones first: after them the worker claims ahead, so that the long one has claimed ones behind it.
    const quick = Array.from({ length: 300 }, () => [InlineJobs, 'note', ['quick']] as const)
    await runBackgroundJobs(quick)
    const inline = await runBackgroundJob(InlineJobs, 'deaf', ['inline'])
    const behind = await runBackgroundJobs(quick)
    const long = await runBackgroundJob(ProcessJobs, 'loop', ['long'])
    const short = await runBackgroundJob(ProcessJobs, 'take', ['short', 1_500])
    const worker = app.command(['work', '--json'])
    const children = [(await app.noted('long')).pid, (await app.noted('short')).pid]
    await app.noted('inline')
    const claimed = async () => (await jobs.list({ ids: behind.map(({ id }) => id), limit: 1_000 })).jobs
    await until('some are claimed ahead', async () => (await claimed()).some(({ reason }) => reason === 'claimed'))
    expect(app.notes('short').map(({ word }) => word)).toEqual(['start'])

    for (let sent = 0; sent < times; sent++) worker.child.kill('SIGTERM')
    const late = await runBackgroundJob(ProcessJobs, 'note', ['late'])
    const { code, lines } = await worker.ended
    expect(code).toBe(0)

    // Settlements are on disk by the time that it has ended, and nothing is left behind.
    expect(await jobs.get(short.id)).toMatchObject({ status: 'completed', attempt: 1 })
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ completed: 301, failed: 0, cancelled: 0 })
    for (const { id } of [long, inline, late, ...behind]) {
      expect(await jobs.get(id)).toMatchObject({ status: 'pending', reason: null, attempt: 0, attempts: [] })
    }
    expect(app.notes('quick')).toHaveLength(300)
    expect(app.notes('late')).toEqual([])
    expect(await jobs.count({ status: 'running' })).toBe(0)
    expect(await app.offstage.workers.list()).toEqual([])
    await until('the children are gone', () => !children.some(isRunning))

    // Nobody has to wait for anything: the next worker has them at once, as their first attempt.
    await jobs.cancel(inline.id)
    await app.worker()
    await app.noted('late', { attempt: 1 })
    await until('all that was claimed ahead has run', () => app.notes('quick').length === 600)
    expect(app.notes('quick').every(({ attempt }) => attempt === 1)).toBe(true)
    expect(
      app
        .notes('long')
        .filter(({ word }) => word === 'start')
        .map(({ attempt }) => attempt),
    ).toEqual([1, 1])
  },
)

test('SIGTERM to a worker that is idle ends it at once and in order', async () => {
  await using app = makeApp({ jobs: ['process', 'thread', 'inline'], config: { worker: { grace: '30s' } } })
  const idle = await app.worker()
  const at = performance.now()
  expect((await idle.stop()).code).toBe(0)
  expect(performance.now() - at).toBeLessThan(10_000)
  expect(await app.offstage.workers.list()).toEqual([])
})
