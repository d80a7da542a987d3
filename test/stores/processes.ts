import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openStore } from '../../src/stores/open.ts'

const script = fileURLToPath(new URL('../support/store-process.ts', import.meta.url))

function start(url: string, role: string, name = role, seconds = 0): ChildProcess {
  return spawn(process.execPath, [script, url, role, name, String(seconds)], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** What the process told; its exit must be clean and its stderr empty. */
async function told<Told>(child: ChildProcess): Promise<Told> {
  const [stdout, stderr] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'close'),
  ])
  expect(stderr).toBe('')
  expect(child.exitCode).toBe(0)
  return stdout === '' ? (undefined as Told) : (JSON.parse(stdout) as Told)
}

interface Balance {
  enqueued: number
  settled: number
  final: number
  stale: number
}

/** A database that nobody has used. */
export interface Place extends AsyncDisposable {
  url: string
}

export interface Processes<Made extends Place> {
  open(): Promise<Made>
  /** How many share one database. */
  many: number
  /** After so many answers, the process that gave them is killed. */
  answers: number
  /** What only this kind of database can be asked, once everything has ended. */
  whenEnded?(place: Made, sum: Readonly<Balance>): Promise<void>
  /** The same, after the process was killed. */
  whenKilled?(place: Made): Promise<void>
}

/** Defines what holds for several processes on one database, of whatever kind it is. */
export function testProcesses<Made extends Place>(processes: Processes<Made>): void {
  const { open, many, answers } = processes

  test('several processes on one database: no busy error is seen, and the balance is exact', {
    timeout: 120_000,
  }, async () => {
    await using place = await open()
    const children = Array.from({ length: many }, (_, index) => start(place.url, 'balance', `worker-${index}`, 4))
    const balances = await Promise.all(children.map((child) => told<Balance>(child)))
    const add = (key: keyof Balance) => balances.reduce((total, balance) => total + balance[key], 0)
    const sum = { enqueued: add('enqueued'), settled: add('settled'), final: add('final'), stale: add('stale') }
    expect(sum.enqueued).toBeGreaterThan(100)
    expect(sum.stale).toBe(0)
    expect(sum.final).toBe(sum.enqueued)
    expect(Math.min(...balances.map(({ enqueued }) => enqueued))).toBeGreaterThan(0)

    const store = await openStore(place.url)
    expect(await store.count({})).toBe(sum.enqueued)
    expect(await store.count({ status: ['completed', 'failed'] })).toBe(sum.enqueued)
    const { jobs } = await store.list({ limit: 1_000_000 })
    expect(jobs.reduce((total, { attempt }) => total + attempt, 0)).toBe(sum.settled)
    const retried = jobs.filter(({ attempt }) => attempt > 1)
    expect(retried.length).toBeGreaterThan(0)
    for (const { id, attempt } of retried.slice(0, 500)) {
      const detail = await store.get(id)
      expect(detail?.attempts.map((entry) => entry.attempt)).toEqual(Array.from({ length: attempt }, (_, n) => n + 1))
    }
    await store.close()
    await processes.whenEnded?.(place, sum)
  })

  test('what an enqueue has answered survives kill -9 of the process', async () => {
    await using place = await open()
    const child = start(place.url, 'endless')
    const answered: string[] = []
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    lines.on('line', (line) => {
      answered.push(JSON.parse(line) as string)
      if (answered.length === answers) child.kill('SIGKILL')
    })
    await Promise.all([once(child, 'close'), once(lines, 'close')])
    expect(answered.length).toBeGreaterThanOrEqual(answers)
    const store = await openStore(place.url)
    await store.migrate()
    const stored = new Set((await store.list({ limit: 1_000_000 })).jobs.map(({ id }) => id))
    expect(answered.filter((id) => !stored.has(id))).toEqual([])
    await store.close()
    await processes.whenKilled?.(place)
  })

  test('an enqueue by another process wakes this one', async () => {
    await using place = await open()
    const store = await openStore(place.url)
    await store.migrate()
    for (let round = 0; round < 2; round++) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const stop = store.onWake(() => void store.count({}).then((jobs) => jobs > round && resolve()))
      await told(start(place.url, 'once'))
      await promise
      stop()
    }
    await store.close()
  })

  test('many processes may start on a database that has no tables yet', async () => {
    await using place = await open()
    await Promise.all(Array.from({ length: many }, () => told(start(place.url, 'once'))))
    const store = await openStore(place.url)
    expect(await store.count({})).toBe(many)
    await store.close()
  })
}
