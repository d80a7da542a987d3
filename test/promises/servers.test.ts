import { expect, test, vi } from 'vitest'
import { type App, makeApp } from '../support/app.ts'
import { onServers, type Place } from '../support/on-servers.ts'
import { InlineJobs, ProcessJobs, ThreadJobs } from '../support/promise-jobs.ts'
import { isRunning, until } from '../support/until.ts'

vi.setConfig({ testTimeout: 120_000 })

/** What a busy machine may take on top. What does not work takes for ever. */
const MARGIN = 8_000
const all = ['process', 'thread', 'inline'] as const
const outcomes = (job: { attempts: readonly { outcome: unknown }[] }) => job.attempts.map(({ outcome }) => outcome)

/** The promises that p1 to p8 test on a file, each at its core, where the database is a server's. */
function promises(open: () => Promise<Place>): void {
  test('P1: an enqueue that returned survives kill -9 of its process, and runs', async () => {
    await using place = await open()
    await using app = makeApp({ database: place.url })
    await app.offstage.jobs.count()
    // One at a time, and many that share a transaction; after the first answer, some, many; and long enough for a crowd.
    const kills = [1, 40, 300].flatMap((answers) => [1, 32].map((atOnce) => ({ answers, atOnce })))
    kills.push({ answers: 4_000, atOnce: 32 })
    const answered = await Promise.all(
      kills.map(async ({ answers, atOnce }) => {
        const producer = app.program('producer.ts', [String(atOnce)])
        await producer.said(answers)
        const { lines, signal } = await producer.stop('SIGKILL')
        expect(signal).toBe('SIGKILL')
        return lines
      }),
    )
    const ids = answered.flat()
    expect(new Set(ids).size).toBe(ids.length)
    const stored = await storedIds(app)
    expect(ids.filter((id) => !stored.has(id))).toEqual([])
    expect((await app.command(['work', '--drain']).ended).code).toBe(0)
    const ran = app.notes('notes').map(({ id }) => id)
    expect(ran.toSorted()).toEqual([...stored].toSorted())
    expect(await app.offstage.jobs.count({ status: 'completed' })).toBe(stored.size)
  })

  test('P3: a worker that was frozen past its lease is refused when it goes on', async () => {
    await using place = await open()
    await using app = makeApp({ database: place.url, config: { worker: { lease: '2s', heartbeat: '300ms' } } })
    const frozen = await app.worker()
    const { id } = await app.offstage.runBackgroundJob(InlineJobs, 'freeze', ['notes'])
    await app.noted('notes', { attempt: 1 })
    const other = await app.worker()
    const job = await app.offstage.jobs.wait(id)
    expect(job).toMatchObject({ status: 'completed', result: 'result of attempt 2', progress: { of: 2 } })
    expect(outcomes(job)).toEqual(['crashed', 'completed'])
    frozen.child.kill('SIGCONT')
    for (const write of ['settle', 'log', 'progress']) {
      const stale = await frozen.event((event) => event.event === 'stale' && event.write === write)
      expect(stale).toMatchObject({ id, attempt: 1 })
    }
    expect(await app.offstage.jobs.get(id)).toEqual(job)
    expect((await app.offstage.jobs.logs(id)).map(({ text }) => text)).toEqual(['line of attempt 2'])
    expect(other.events.filter(({ event }) => event === 'stale')).toEqual([])
    // It takes part again, under a new lease.
    await other.stop()
    const next = await app.offstage.runBackgroundJob(InlineJobs, 'note', ['notes'])
    expect(await app.offstage.jobs.wait(next.id)).toMatchObject({ status: 'completed', attempt: 1 })
    expect((await frozen.stop()).code).toBe(0)
  })

  test('P4: kill -9 of a worker: its jobs run elsewhere within a lease, and have spent no retry', async () => {
    await using place = await open()
    const lease = 30
    await using app = makeApp({ database: place.url, jobs: all, config: { worker: { lease } } })
    const { runBackgroundJob, jobs } = app.offstage
    const killed = await app.worker()
    const stored = [
      await runBackgroundJob(ProcessJobs, 'ignore', ['process', 600_000]),
      await runBackgroundJob(ThreadJobs, 'ignore', ['thread', 600_000]),
      await runBackgroundJob(InlineJobs, 'ignore', ['inline', 600_000]),
    ]
    for (const name of all) await app.noted(name)
    const { pid } = await app.noted('process')
    const other = await app.worker()
    const at = performance.now()
    await killed.stop('SIGKILL')
    for (const name of all) await app.noted(name, { attempt: 2, word: 'start' })
    expect(performance.now() - at).toBeLessThan(lease * 1_000)
    await until('its child is gone', () => !isRunning(pid))
    for (const { id } of stored) {
      const job = await jobs.wait(id)
      expect(job).toMatchObject({ status: 'completed', attempt: 2, maxAttempts: 2 })
      expect(outcomes(job)).toEqual(['crashed', 'completed'])
    }
    expect((await other.stop()).code).toBe(0)
    expect(await app.offstage.workers.list()).toEqual([])
  })

  test('P5: a cancel from another process stops what obeys at once, and what does not after its grace', async () => {
    await using place = await open()
    const grace = 1_000
    const worker = { grace: grace / 1_000, heartbeat: '300ms', concurrency: { process: 2, thread: 2 } }
    await using app = makeApp({ database: place.url, jobs: all, config: { worker } })
    const { runBackgroundJob, jobs } = app.offstage
    const running = await app.worker()
    const options = { retries: 3 }
    const obedient = [
      await runBackgroundJob(ProcessJobs, 'obey', ['obedient'], options),
      await runBackgroundJob(ThreadJobs, 'obey', ['obedient'], options),
      await runBackgroundJob(InlineJobs, 'obey', ['obedient'], options),
    ].map(({ id }) => id)
    const deaf = [
      await runBackgroundJob(ProcessJobs, 'loop', ['process'], options),
      await runBackgroundJob(ThreadJobs, 'loop', ['thread'], options),
      await runBackgroundJob(InlineJobs, 'deaf', ['inline'], options),
    ].map(({ id }) => id)
    for (const id of obedient) await app.noted('obedient', { id })
    for (const name of all) await app.noted(name, { word: 'still' })
    const { pid } = await app.noted('process')
    const at = performance.now()
    expect((await jobs.cancel(obedient)).map(({ result }) => result)).toEqual(obedient.map(() => 'requested'))
    for (const id of obedient) expect(await jobs.wait(id)).toMatchObject({ status: 'cancelled', attempt: 1 })
    expect(performance.now() - at).toBeLessThan(grace + MARGIN)
    expect(app.notes('obedient').filter(({ word }) => word === 'stopped')).toHaveLength(3)
    await jobs.cancel(deaf)
    for (const id of deaf) expect(await jobs.wait(id)).toMatchObject({ status: 'cancelled', attempt: 1 })
    await until('the child is gone', () => !isRunning(pid))
    // Its thread has noted something every 20 ms until then.
    const lines = app.notes('thread').length
    await until('the inline one, which nobody can end, goes on', () => app.notes('inline').length > lines + 20)
    expect(app.notes('thread')).toHaveLength(lines)
    expect((await running.stop()).code).toBe(0)
  })

  test('P5: a timeout stops the code, and the next attempt has its own time', async () => {
    await using place = await open()
    await using app = makeApp({ database: place.url, jobs: all, config: { worker: { grace: '500ms' } } })
    const { runBackgroundJob, jobs } = app.offstage
    const running = await app.worker()
    const options = { timeout: '400ms', retries: 0 }
    const stored = [
      await runBackgroundJob(ProcessJobs, 'loop', ['process'], options),
      await runBackgroundJob(ThreadJobs, 'loop', ['thread'], options),
      await runBackgroundJob(InlineJobs, 'obey', ['inline'], options),
    ]
    for (const { id } of stored) {
      expect(await jobs.wait(id)).toMatchObject({ status: 'failed', reason: 'timed out', attempt: 1 })
    }
    const { pid } = await app.noted('process')
    await until('the child is gone', () => !isRunning(pid))
    const again = await runBackgroundJob(ProcessJobs, 'ignore', ['again', 60_000], { timeout: '400ms', retries: 1 })
    expect(outcomes(await jobs.wait(again.id))).toEqual(['timed_out', 'completed'])
    expect((await running.stop()).code).toBe(0)
  })

  test('P6: SIGTERM while busy: what is short finishes, the rest goes back unspent, all is written', async () => {
    await using place = await open()
    const worker = { grace: '3s', concurrency: { process: 2, inline: 1 } }
    await using app = makeApp({ database: place.url, jobs: ['process', 'inline'], config: { worker } })
    const { runBackgroundJob, runBackgroundJobs, jobs } = app.offstage
    // Many quick ones first: after them the worker claims ahead, so that the long one has claimed ones behind it.
    const quick = Array.from({ length: 1_000 }, () => [InlineJobs, 'note', ['quick']] as const)
    await runBackgroundJobs(quick)
    const inline = await runBackgroundJob(InlineJobs, 'deaf', ['inline'])
    const behind = await runBackgroundJobs(quick)
    const long = await runBackgroundJob(ProcessJobs, 'loop', ['long'])
    const short = await runBackgroundJob(ProcessJobs, 'take', ['short', 1_500])
    const running = app.command(['work', '--json'])
    const children = [(await app.noted('long')).pid, (await app.noted('short')).pid]
    await app.noted('inline')
    running.child.kill('SIGTERM')
    const late = await runBackgroundJob(ProcessJobs, 'note', ['late'])
    const { code, lines, stderr } = await running.ended
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining('could not be written') })
    expect(await jobs.get(short.id)).toMatchObject({ status: 'completed', attempt: 1 })
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ completed: 1_001, failed: 0, cancelled: 0 })
    for (const { id } of [long, inline, late]) {
      expect(await jobs.get(id)).toMatchObject({ status: 'pending', reason: null, attempt: 0, attempts: [] })
    }
    expect(await jobs.count({ status: 'running' })).toBe(0)
    expect(await jobs.count({ status: 'completed' })).toBe(1_001)
    expect(await app.offstage.workers.list()).toEqual([])
    await until('the children are gone', () => !children.some(isRunning))
    // Nobody has to wait for anything: the next worker has them at once, as their first attempt.
    await jobs.cancel([inline.id, long.id])
    expect((await app.command(['work', '--drain']).ended).code).toBe(0)
    expect(app.notes('quick')).toHaveLength(1_000 + behind.length)
    expect([...app.notes('quick'), ...app.notes('late')].every(({ attempt }) => attempt === 1)).toBe(true)
  })

  test('P8: what several producers have stored starts in the order of priority, due time and id', async () => {
    await using place = await open()
    await using app = makeApp({ database: place.url, config: { worker: { concurrency: 1 } } })
    await app.offstage.jobs.count()
    const producers = [1, 4, 16].map((atOnce) => app.program('producer.ts', [String(atOnce), '120', '10,0,-10,3']))
    const hour = 3_600_000
    const now = Date.now()
    // Due for some time already, so that due time and time of storing are not the same.
    for (let n = 0; n < 60; n++) {
      const delay = new Date(now - ((n * 37) % 60) * hour)
      await app.offstage.runBackgroundJob(InlineJobs, 'note', ['notes'], { delay, priority: [10, 0, -10][n % 3] ?? 0 })
    }
    for (const { ended } of producers) expect((await ended).code).toBe(0)
    const { jobs: due } = await app.offstage.jobs.list({ status: 'pending', limit: 1_000 })
    expect(due).toHaveLength(3 * 120 + 60)
    expect((await app.command(['work', '--drain']).ended).code).toBe(0)
    const wanted = due.toSorted(
      (a, b) => b.priority - a.priority || Number(a.runAt) - Number(b.runAt) || (a.id < b.id ? -1 : 1),
    )
    expect(app.notes('notes').map(({ id }) => id)).toEqual(wanted.map(({ id }) => id))
  })
}

/** The ids of all that is stored. */
async function storedIds(app: App): Promise<Set<string>> {
  const ids = new Set<string>()
  let cursor: string | undefined
  do {
    const page = await app.offstage.jobs.list({ limit: 1_000, ...(cursor === undefined ? {} : { cursor }) })
    for (const { id } of page.jobs) ids.add(id)
    cursor = page.cursor ?? undefined
  } while (cursor !== undefined)
  return ids
}

await onServers(promises)
