import { describe, expect, test, vi } from 'vitest'
import { makeApp } from '../support/app.ts'
import { InlineJobs, ProcessJobs, ThreadJobs } from '../support/promise-jobs.ts'
import { isRunning, until } from '../support/until.ts'

vi.setConfig({ testTimeout: 120_000 })

const LEASE = 30_000
const outcomes = (job: { attempts: readonly { outcome: unknown }[] }) => job.attempts.map(({ outcome }) => outcome)

test('kill -9 of a worker: its jobs run elsewhere within a lease, and its children are gone at once', async () => {
  await using app = makeApp({
    jobs: ['process', 'thread', 'inline'],
    config: { worker: { lease: LEASE / 1_000, concurrency: { process: 3, thread: 1 } } },
  })
  const { runBackgroundJob, jobs } = app.offstage
  const killed = await app.worker()
  // No retries: that they run again at all shows that a crash is no failure of theirs.
  const endless = await runBackgroundJob(ProcessJobs, 'loop', ['endless'])
  const waiting = await runBackgroundJob(ProcessJobs, 'ignore', ['waiting', 600_000])
  const threaded = await runBackgroundJob(ThreadJobs, 'ignore', ['threaded', 600_000])
  const inline = await runBackgroundJob(InlineJobs, 'ignore', ['inline', 600_000])
  const children = [await app.noted('endless'), await app.noted('waiting')].map(({ pid }) => pid)
  await app.noted('threaded')
  await app.noted('inline')
  const other = await app.worker()

  const at = performance.now()
  await killed.stop('SIGKILL')
  await until('the children are gone', () => !children.some(isRunning), 2_000 + LEASE / 10)
  expect(performance.now() - at).toBeLessThan(5_000)
  const seconds = await Promise.all(
    ['endless', 'waiting', 'threaded', 'inline'].map((name) => app.noted(name, { attempt: 2, word: 'start' })),
  )
  expect(performance.now() - at).toBeLessThan(LEASE)
  for (const { pid } of seconds) expect(children).not.toContain(pid)

  for (const { id } of [waiting, threaded, inline]) {
    const job = await jobs.wait(id)
    expect(job).toMatchObject({ status: 'completed', attempt: 2, maxAttempts: 2 })
    expect(outcomes(job)).toEqual(['crashed', 'completed'])
    expect(job.attempts[0]?.error).toMatchObject({ name: 'WorkerLost' })
  }
  await jobs.cancel(endless.id)
  expect((await jobs.wait(endless.id)).status).toBe('cancelled')
  expect((await other.stop()).code).toBe(0)
})

test('a lease that is not renewed ends, where nobody can see whether its process is alive', async () => {
  await using app = makeApp({ config: { worker: { lease: '2s', heartbeat: '300ms' } } })
  const frozen = await app.worker()
  await app.offstage.runBackgroundJob(InlineJobs, 'ignore', ['notes', 600_000])
  await app.noted('notes')
  frozen.child.kill('SIGSTOP')
  const frozenAt = Date.now()
  await app.worker()
  await app.noted('notes', { attempt: 2, word: 'start' })
  const took = Date.now() - frozenAt
  // Not at once: the lease was its own until then. At most a third of it had passed since the last renewal.
  expect(took).toBeGreaterThan(1_000)
  expect(took).toBeLessThan(2_000 + 8_000)
})

test('kill -9 of a child: only its attempt crashes, and that spends no retry', async () => {
  await using app = makeApp({ jobs: ['process'] })
  const { runBackgroundJob, jobs } = app.offstage
  const worker = await app.worker()
  const victim = await runBackgroundJob(ProcessJobs, 'ignore', ['victim', 600_000])
  const neighbour = await runBackgroundJob(ProcessJobs, 'take', ['neighbour', 1_500])
  const { pid } = await app.noted('victim')
  await app.noted('neighbour')
  process.kill(pid, 'SIGKILL')
  const crashed = await jobs.wait(victim.id)
  expect(outcomes(crashed)).toEqual(['crashed', 'completed'])
  expect(crashed).toMatchObject({ status: 'completed', attempt: 2, maxAttempts: 2 })
  expect(crashed.attempts[0]?.error).toMatchObject({ name: 'CrashError', code: 'SIGKILL' })
  expect(outcomes(await jobs.wait(neighbour.id))).toEqual(['completed'])
  expect((await worker.stop()).code).toBe(0)
})

test('failures and crashes are counted apart: a crash leaves all retries', async () => {
  await using app = makeApp({ jobs: ['process'] })
  await app.worker()
  const { id } = await app.offstage.runBackgroundJob(ProcessJobs, 'dieThenFail', ['notes', 2], { retries: 2 })
  const job = await app.offstage.jobs.wait(id)
  expect(outcomes(job)).toEqual(['crashed', 'failed', 'failed', 'completed'])
  expect(job).toMatchObject({ status: 'completed', attempt: 4, maxAttempts: 4 })
})

describe('a job that crashes its process three times fails as poisonous, after exactly three attempts', () => {
  test('in a process and in a thread', async () => {
    await using app = makeApp({ jobs: ['process', 'thread'] })
    const { runBackgroundJob, jobs } = app.offstage
    const worker = await app.worker()
    const killers = [
      await runBackgroundJob(ProcessJobs, 'die', ['killed'], { retries: 5 }),
      await runBackgroundJob(ProcessJobs, 'exit', ['exited'], { retries: 5 }),
      await runBackgroundJob(ThreadJobs, 'exit', ['thread'], { retries: 5 }),
    ]
    for (const { id } of killers) {
      const job = await jobs.wait(id)
      expect(job).toMatchObject({ status: 'failed', reason: 'poisonous', attempt: 3 })
      expect(outcomes(job)).toEqual(['crashed', 'crashed', 'crashed'])
    }
    for (const name of ['killed', 'exited', 'thread']) {
      expect(app.notes(name).map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    }
    // The worker is well.
    for (const target of [ProcessJobs, ThreadJobs] as const) {
      const { id } = await runBackgroundJob(target, 'note', ['well'])
      expect((await jobs.wait(id)).status).toBe('completed')
    }
    expect((await worker.stop()).code).toBe(0)
  })

  test('inline: it takes three workers down, and no fourth', async () => {
    await using app = makeApp()
    const { id } = await app.offstage.runBackgroundJob(InlineJobs, 'exit', ['notes'], { retries: 5 })
    const innocent = await app.offstage.runBackgroundJob(InlineJobs, 'note', ['innocent'], { delay: 0.01 })
    for (let worker = 1; worker <= 3; worker++) {
      const { code, signal } = await (await app.worker()).ended
      expect([code, signal]).toEqual([3, null])
    }
    const survivor = await app.worker()
    const job = await app.offstage.jobs.wait(id)
    expect(job).toMatchObject({ status: 'failed', reason: 'poisonous', attempt: 3 })
    expect(outcomes(job)).toEqual(['crashed', 'crashed', 'crashed'])
    expect(app.notes('notes').map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    expect((await app.offstage.jobs.wait(innocent.id)).status).toBe('completed')
    expect((await survivor.stop()).code).toBe(0)
  })

  test('inline, claimed ahead among many others: it ends, and they all complete', async () => {
    await using app = makeApp({ config: { worker: { concurrency: 1 } } })
    // Short ones first: after some of them the worker claims far ahead, and has not stored that the killer was started.
    const many = (count: number) => Array.from({ length: count }, () => [InlineJobs, 'note', ['notes']] as const)
    const stored = await app.offstage.runBackgroundJobs([...many(400), [InlineJobs, 'die', ['killer']], ...many(400)])
    let workers = 0
    const left = () => app.offstage.jobs.count({ status: ['pending', 'running'] })
    while ((await left()) > 0) {
      workers += 1
      expect(workers).toBeLessThan(6)
      const worker = await app.worker()
      await until('it is done, or dead', async () => !isRunning(worker.pid) || (await left()) === 0)
      if (isRunning(worker.pid)) await worker.stop()
      await worker.ended
    }
    const killer = await app.offstage.jobs.get(stored[400]?.id ?? '')
    expect(killer).toMatchObject({ status: 'failed', reason: 'poisonous' })
    expect(app.notes('killer')).toHaveLength(3)
    expect(await app.offstage.jobs.count({ status: 'completed' })).toBe(800)
  })
})

test('kill -9 of the process that started the worker: no job is lost, and none is said to have crashed', async () => {
  await using app = makeApp({ jobs: ['process', 'inline'] })
  const { runBackgroundJob, jobs } = app.offstage
  const launcher = app.program('launcher.ts', ['work'])
  await launcher.said(1)
  const worker = Number(launcher.lines[0])
  const stored = [
    await runBackgroundJob(ProcessJobs, 'take', ['process', 1_500]),
    await runBackgroundJob(InlineJobs, 'take', ['inline', 1_500]),
  ]
  await app.noted('process')
  await app.noted('inline')
  await launcher.stop('SIGKILL')
  const rest = await runBackgroundJob(InlineJobs, 'note', ['inline'])
  // It may go on, or end in order: either way everything gets done, by it or by the next.
  const next = await app.worker()
  for (const { id } of [...stored, rest]) {
    const job = await jobs.wait(id)
    expect(job.status).toBe('completed')
    expect(outcomes(job)).toEqual(['completed'])
  }
  if (isRunning(worker)) process.kill(worker, 'SIGTERM')
  await until('the worker has ended', () => !isRunning(worker))
  expect((await next.stop()).code).toBe(0)
  expect(await app.offstage.workers.list()).toEqual([])
})
