import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { allow, defineOffstage, newId } from '../../dist/index.js'
import { openStore } from '../../dist/stores/open.js'
import { databaseIn } from '../app/app.ts'
import { type Context, type Figures, type Measure, perSecond, scaled } from '../measure.ts'

export default {
  title: 'Retention removes 1,000,000 finished jobs while the worker drains, beside the same drain with all of it kept',
  sides: ['kept', 'pruned'],
  prepare: 'prepare',
} satisfies Measure

const FINISHED = 1_000_000
const BATCH = 1_000
const MONTH_MS = 30 * 86_400_000
/** How long the side that keeps everything is watched; the other one is until the last job is gone. */
const KEPT_MS = 10_000
/** Jobs that wait at any time, and how many are added at once: small, so that adding is no pause. */
const WAITING = 2_000
const CALL = 50
const WARM_UP_MS = 1_000

/** The history: jobs that completed a month ago. */
export async function prepare({ shared, scale }: Context): Promise<void> {
  const store = await openStore(databaseIn(shared))
  await store.migrate()
  const worker = { id: 'bench', host: 'bench', pid: process.pid, queues: 'all', concurrency: BATCH, version: '0' }
  const lease = await store.register({ ...worker, leaseMs: MONTH_MS })
  const job = { class: 'Beat', method: 'run', args: '[]', queue: 'default', priority: 0, maxAttempts: 1 }
  const steps = [{ queues: 'all' as const, limit: BATCH }]
  const at = Date.now() - MONTH_MS
  const end = { lease, next: { status: 'completed' }, outcome: 'completed', startedAt: at, finishedAt: at } as const
  for (let left = scaled(FINISHED, scale); left > 0; left -= BATCH) {
    const length = Math.min(left, BATCH)
    await store.enqueue(Array.from({ length }, () => ({ ...job, id: newId(), due: { inMs: 0 } })))
    const { jobs } = await store.claim({ lease, claim: left, steps, limit: BATCH, start: BATCH })
    await store.settle(jobs.map((claimed) => ({ ...end, job: claimed, finishedAt: at + (FINISHED - left) / BATCH })))
  }
  await store.endLease(lease)
  // What is still in the write-ahead log has to be in the file before it is copied.
  await store.close()
}

export async function kept(context: Context): Promise<Figures> {
  return await drain(context, false, async () => await pause(KEPT_MS))
}

export async function pruned(context: Context): Promise<Figures> {
  const database = new DatabaseSync(join(context.folder, 'offstage.db'), { open: false })
  return await drain(context, '7d', async () => {
    database.open()
    const old = database.prepare(
      `select 1 from offstage_attempt where status = 'completed' and finished_at < ? limit 1`,
    )
    while (old.get(Date.now() - MONTH_MS / 2) !== undefined) await pause(100)
    database.close()
  })
}

/**
 * Counts the jobs that run, and the longest time in which none was started: by the clock, and as far as this thread was
 * busy meanwhile. The first also has in it what other programs and the disk do; only the second is the engine's own.
 */
class Beat {
  static ran = 0
  /** Before this nothing counts: code is being compiled, and that is a pause too, but not of retention. */
  static from = Number.POSITIVE_INFINITY
  static last = 0
  static longest = 0
  static busyAt = 0
  static busiest = 0

  run(): void {
    const now = performance.now()
    const { user, system } = process.threadCpuUsage()
    const busyAt = (user + system) / 1_000
    if (Beat.last > Beat.from) {
      Beat.longest = Math.max(Beat.longest, now - Beat.last)
      Beat.busiest = Math.max(Beat.busiest, busyAt - Beat.busyAt)
    }
    Beat.last = now
    Beat.busyAt = busyAt
    Beat.ran += 1
  }
}

async function drain(
  { folder, shared, scale }: Context,
  completed: string | false,
  until: () => Promise<void>,
): Promise<Figures> {
  copyFileSync(join(shared, 'offstage.db'), join(folder, 'offstage.db'))
  const offstage = defineOffstage({
    database: databaseIn(folder),
    logs: false,
    retention: { completed },
    jobs: [allow(Beat, { run: { isolation: 'inline' } })],
  })
  const call = Array.from({ length: CALL }, () => [Beat, 'run'] as const)
  let enqueued = 0
  const add = async () => {
    await offstage.runBackgroundJobs(call)
    enqueued += CALL
  }
  while (enqueued < WAITING) await add()
  let over = false
  const began = performance.now()
  await offstage.start()
  Beat.from = began + WARM_UP_MS
  const supply = (async () => {
    while (!over) {
      if (enqueued - Beat.ran < WAITING) await add()
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  await until()
  const ms = performance.now() - began
  const { ran, longest, busiest } = Beat
  over = true
  await supply
  await offstage.close()
  return { pause: longest, busy: busiest, rate: perSecond(ran, ms), removed: perSecond(scaled(FINISHED, scale), ms) }
}
