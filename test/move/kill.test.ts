import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { type App, makeApp } from '../support/app.ts'
import { withMysql } from '../support/mysql.ts'
import { withPostgres } from '../support/postgres.ts'
import { InlineJobs } from '../support/promise-jobs.ts'
import { until } from '../support/until.ts'
import { everyJob, type Kind, makePlace, type Place } from './places.ts'

vi.setConfig({ testTimeout: 300_000 })

const BACKLOG = 4_000
const KILLS = 6
const NOTHING = { pending: 0, running: 0, underWay: 0 }

/** What waits before anything is moved: jobs in every state that a job can wait in, and some that have ended. */
async function fill(app: App): Promise<string[]> {
  const { runBackgroundJob, runBackgroundJobs, queues, jobs } = app.offstage
  const ids: string[] = []
  const add = (list: Parameters<typeof runBackgroundJobs>[0]) =>
    runBackgroundJobs(list).then((stored) => ids.push(...stored.map(({ id }) => id)))
  await queues.pause('held').catch(() => {})
  // One attempt that fails, and a long wait for the next: it has run here once.
  await add(
    Array.from({ length: 20 }, () => [InlineJobs, 'flaky', ['notes', 1], { retries: 2, backoff: '1h' }] as const),
  )
  await add(Array.from({ length: 30 }, () => [InlineJobs, 'note', ['notes']] as const))
  expect((await app.command(['work', '--drain']).ended).code).toBe(0)
  await runBackgroundJob(InlineJobs, 'note', ['notes'], { queue: 'held' }).then(({ id }) => ids.push(id))
  await queues.pause('held')
  await add(Array.from({ length: 40 }, () => [InlineJobs, 'note', ['notes'], { queue: 'held' }] as const))
  await add(
    Array.from({ length: 50 }, () => [InlineJobs, 'note', ['notes'], { delay: '1h', tags: ['later'] }] as const),
  )
  await add(Array.from({ length: 50 }, () => [InlineJobs, 'note', ['notes'], { delay: 3 }] as const))
  const many = Array.from(
    { length: BACKLOG },
    (_, n) => [InlineJobs, 'take', ['notes', 4], { priority: n % 3 }] as const,
  )
  for (let start = 0; start < BACKLOG; start += 1_000) await add(many.slice(start, start + 1_000))
  expect(await jobs.count({ status: 'completed' })).toBe(30)
  return ids
}

/** Enqueues one job after the other until it is stopped, in this process, as a web server does beside its work. */
function producer(app: App): AsyncDisposable & { stop(): Promise<string[]> } {
  let going = true
  const ids: string[] = []
  const produced = (async () => {
    while (going) {
      const { id } = await app.offstage.runBackgroundJob(InlineJobs, 'take', ['notes', 2], { priority: ids.length % 5 })
      ids.push(id)
      await sleep(3)
    }
  })()
  const stop = async () => {
    going = false
    await produced
    return ids
  }
  return { stop, [Symbol.asyncDispose]: () => stop().then(() => undefined) }
}

async function movedWhileKilled(from: Kind, to: Kind): Promise<void> {
  await using old = await makePlace(from)
  await using next = await makePlace(to)
  await using source = makeApp({ database: old.url, config: { worker: { concurrency: { inline: 2 } } } })
  await using target = makeApp({ database: next.url })
  const prepared = await fill(source)
  const before = await everyJob(old.store)
  const oldId = await old.store.moving.databaseId()
  const carried = async () => {
    const { pending, finished, duplicates } = await next.store.moving.received(oldId)
    return pending + finished + duplicates
  }

  const [worker, newWorker] = [await source.worker(), await target.worker()]
  await using own = producer(source)
  const other = source.program('producer.ts', ['1', '600', '0,1', 'notes', '2'])
  const move = () => source.command(['move', '--to', next.url, '--json', '--wait', '60s'])
  const killed: number[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const reached = (await carried()) + 1 + Math.floor(Math.random() * 500)
    const mover = move()
    // At some moment after it has begun to carry: between any two of its steps. The workers may leave it less than that.
    const far = async () => (await carried()) >= reached || (await old.store.moving.count()).pending === 0
    await Promise.race([mover.ended, until('it has carried some, or there is none left', far, 60_000)])
    await sleep(Math.random() * 40)
    killed.push((await mover.stop('SIGKILL')).code ?? 9)
  }
  // At least some of them were killed in the middle, and not when they had only to wait.
  expect(killed).toContain(9)
  const produced = [...(await own.stop()), ...(await other.ended).lines]
  const last = await move().ended
  expect(last.stderr).not.toMatch(/error|Error/)
  expect(last.code, `${last.stderr}${last.lines.join('')}`).toBe(0)
  expect(JSON.parse(last.lines.join(''))).toMatchObject({ complete: true, left: { ...NOTHING, finished: 0 } })

  expect(await old.store.moving.count()).toEqual(NOTHING)
  expect(await old.store.moving.departure()).toMatchObject({ doneAt: expect.any(Date) })
  expect((await worker.stop()).code).toBe(0)
  const waiting = () => next.store.count({ status: ['pending', 'running'] })
  await until('only what is not due is left', async () => (await waiting()) === 20 + 41 + 50, 90_000)
  expect((await newWorker.stop()).code).toBe(0)

  await check({ old, next, source, target, before, all: [...new Set([...before.keys(), ...prepared, ...produced])] })
}

interface End {
  old: Place
  next: Place
  source: App
  target: App
  before: Awaited<ReturnType<typeof everyJob>>
  all: string[]
}

async function check({ old, next, source, target, before, all }: End): Promise<void> {
  const [here, there] = [await everyJob(old.store), await everyJob(next.store)]
  // Each in exactly one place, and none that nobody has enqueued.
  expect([...here.keys()].filter((id) => there.has(id))).toEqual([])
  expect([...here.keys(), ...there.keys()].toSorted()).toEqual(all.toSorted())
  const { pending, finished, duplicates } = await next.store.moving.received(await old.store.moving.databaseId())
  expect([pending, finished, duplicates]).toEqual([there.size, 0, 0])
  // The workers there are fast, but not so fast that there was nothing to move.
  expect(there.size).toBeGreaterThan(BACKLOG / 10)

  // Each ran once, where it is now.
  const ran = (app: App) => app.notes('notes').filter(({ word }) => word === 'start')
  const notes = [...ran(source), ...ran(target)].map(({ id, attempt }) => `${id} ${attempt}`)
  expect(new Set(notes).size).toBe(notes.length)
  const ended = [...here.values(), ...there.values()].filter(({ status }) => status !== 'pending')
  expect(ended.filter(({ status }) => status !== 'completed')).toEqual([])
  const retrying = [...there.values()].filter(({ method }) => method === 'flaky')
  expect(notes.length).toBe(ended.length + retrying.length)
  expect([...here.values()].filter(({ status }) => status !== 'completed')).toEqual([])

  // What waits, waits as before.
  const still = [...there.values()].filter(({ status }) => status === 'pending')
  for (const job of still) expect(job).toEqual(before.get(job.id))
  expect(retrying.map(({ reason, attempt, error }) => [reason, attempt, error?.message])).toEqual(
    Array.from({ length: 20 }, () => ['retrying', 1, 'failure 1']),
  )
  expect(still.filter(({ reason }) => reason === 'paused').length).toBe(41)
  expect(still.filter(({ tags }) => tags.includes('later')).length).toBe(50)
}

const title = 'killed with -9 at any moment while workers and producers go on: every job is in one place and runs once'

await withPostgres(() =>
  withMysql(() => {
    test.each([
      ['SQLite', 'PostgreSQL'],
      ['PostgreSQL', 'MariaDB'],
      ['MariaDB', 'SQLite'],
    ] as const)(`from %s to %s, ${title}`, movedWhileKilled)
  }),
)
