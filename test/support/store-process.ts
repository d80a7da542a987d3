/**
 * A process that uses a store as the tests in test/stores tell it, by its arguments; what it came to goes to stdout
 * as lines of JSON.
 */
import { newId } from '../../src/core/id.ts'
import { retrying } from '../../src/store/retry.ts'
import type { ClaimedJob, NewJob, Settlement, Store } from '../../src/store/store.ts'
import { openStore } from '../../src/stores/open.ts'

const [url = '', role = '', name = '', seconds = '0'] = process.argv.slice(2)
const store = retrying(await openStore(url))
await store.migrate()
await { balance, endless, once }[role as 'balance' | 'endless' | 'once']()
await store.close()

function tell(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function newJob(): NewJob {
  const priority = Math.floor(Math.random() * 3)
  const job = { id: newId(), class: 'SampleJob', method: 'process', args: '[]', queue: `q${priority}` }
  return { ...job, priority, due: { inMs: Math.random() < 0.2 ? 5 : 0 }, maxAttempts: 1_000 }
}

/** Enqueues, claims and settles at random for some seconds, then until nothing is left; tells what it did. */
async function balance(): Promise<void> {
  const told = { enqueued: 0, settled: 0, final: 0, stale: 0, slowestMs: 0 }
  const until = Date.now() + Number(seconds) * 1_000
  const lease = await register(store)
  for (let claims = 1; ; claims++) {
    const begun = performance.now()
    const enqueueing = Date.now() < until
    if (enqueueing) {
      const batch = Array.from({ length: Math.random() < 0.5 ? 1 : 12 }, newJob)
      told.enqueued += batch.length
      await store.enqueue(batch)
    }
    const limit = 1 + Math.floor(Math.random() * 20)
    const claim = await store.claim({
      lease,
      claim: claims,
      steps: [{ queues: 'all', limit }],
      limit,
      start: limit - 1,
    })
    const batch = claim.jobs.map((job) => settlement(job, lease))
    const stale = await store.settle(batch)
    told.stale += stale.length
    told.settled += batch.filter(({ outcome }) => outcome !== undefined).length
    told.final += batch.filter(({ next }) => next.status === 'completed' || next.status === 'failed').length
    if (!(await store.heartbeat(lease)).alive) throw new Error('the lease was lost')
    told.slowestMs = Math.max(told.slowestMs, performance.now() - begun)
    if (!enqueueing && claim.jobs.length === 0 && (await store.count({ status: ['pending', 'running'] })) === 0) break
  }
  await store.endLease(lease)
  tell(told)
}

function settlement(job: ClaimedJob, lease: number): Settlement {
  const now = Date.now()
  const dice = Math.random()
  const ended = { job, lease, startedAt: now, finishedAt: now }
  if (dice < 0.7) return { ...ended, next: { status: 'completed' }, outcome: 'completed' }
  if (dice < 0.8) return { ...ended, next: { status: 'failed' }, outcome: 'failed' }
  if (dice < 0.9) {
    const inMs = dice < 0.85 ? 0 : 5
    return { ...ended, next: { status: 'pending', inMs, spared: false, crashed: false }, outcome: 'failed' }
  }
  return { ...ended, next: { status: 'released', suspect: false }, outcome: undefined, startedAt: undefined }
}

function register(on: Store): Promise<number> {
  const worker = { host: 'test-host', pid: process.pid, queues: 'all', concurrency: 1, version: '0', leaseMs: 60_000 }
  return on.register({ id: name, ...worker })
}

/** Enqueues one job after the other until it is killed, and tells each id once the store has answered. */
async function endless(): Promise<void> {
  for (;;) {
    const [answer] = await store.enqueue([newJob()])
    tell(answer?.id)
    // Lets it hear that the other end of the pipe is gone, and end: the store alone would never leave it the time.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function once(): Promise<void> {
  await store.enqueue([newJob()])
}
