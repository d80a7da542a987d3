import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openStore } from '../../../src/stores/open.ts'
import { temporarySchema, withPostgres } from '../../support/postgres.ts'

const script = fileURLToPath(new URL('../../support/store-process.ts', import.meta.url))

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

await withPostgres(() => {
  test('eight processes on one schema: no busy error is seen, and the balance is exact', {
    timeout: 120_000,
  }, async () => {
    await using schema = temporarySchema()
    const children = Array.from({ length: 8 }, (_, i) => start(schema.url(), 'balance', `worker-${i}`, 4))
    const balances = await Promise.all(children.map((child) => told<Balance>(child)))
    const sum = (key: keyof Balance) => balances.reduce((total, balance) => total + balance[key], 0)
    expect(sum('enqueued')).toBeGreaterThan(100)
    expect(sum('stale')).toBe(0)
    expect(sum('final')).toBe(sum('enqueued'))

    const jobs = sum('enqueued')
    const rows = `from "${schema.name}".attempt`
    const [totals] = await schema.query<Record<string, string>>(`select count(distinct seq) as jobs,
      count(*) as attempts, count(status) as ends, sum(n) filter (where status is not null) as last ${rows}`)
    // Attempts of each job are numbered from 1 without gaps, so the last numbers add up to their number.
    const settled = String(sum('settled'))
    expect(totals).toEqual({ jobs: String(jobs), attempts: settled, ends: String(jobs), last: settled })
    for (const place of ['ready', 'delayed', 'running']) {
      expect(await schema.query(`select 1 from "${schema.name}".${place}`)).toEqual([])
    }
  })

  test('what an enqueue has answered survives kill -9', async () => {
    await using schema = temporarySchema()
    const child = start(schema.url(), 'endless')
    const answered: string[] = []
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    lines.on('line', (line) => {
      answered.push(JSON.parse(line) as string)
      if (answered.length === 200) child.kill('SIGKILL')
    })
    await Promise.all([once(child, 'close'), once(lines, 'close')])
    const stored = await schema.query<{ id: string }>(`select id from "${schema.name}".job`)
    const ids = new Set(stored.map(({ id }) => id))
    expect(answered.length).toBeGreaterThanOrEqual(200)
    expect(answered.filter((id) => !ids.has(id))).toEqual([])
  })

  test('an enqueue by another process wakes this one', async () => {
    await using schema = temporarySchema()
    const store = await openStore(schema.url())
    await store.migrate()
    for (let round = 0; round < 2; round++) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const stop = store.onWake(() => void store.count({}).then((jobs) => jobs > round && resolve()))
      await told(start(schema.url(), 'once'))
      await promise
      stop()
    }
    await store.close()
  })

  test('many processes may start on a schema that is not there yet', async () => {
    await using schema = temporarySchema()
    await Promise.all(Array.from({ length: 6 }, () => told(start(schema.url(), 'once'))))
    const store = await openStore(schema.url())
    expect(await store.count({})).toBe(6)
    await store.close()
  })
})
