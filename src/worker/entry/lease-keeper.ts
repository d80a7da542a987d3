/**
 * What keeps a worker's lease, in a thread of its own: a job that blocks the worker's event loop must not make it look
 * dead. With its own connection, since the worker's may be in the middle of something.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { Heartbeat, JobKey, Lease, Settlement } from '../../store/store.ts'
import { openStore } from '../../stores/open.ts'
import { overdue } from '../deadlines.ts'

export interface KeeperData {
  database: string
  lease: Lease
  leaseMs: number
  heartbeatMs: number
  graceMs: number
  /** The handlers that run in the worker's own event loop, as `Class.method`. */
  inline: readonly string[]
  /** Of `Deadlines`. */
  deadlines: SharedArrayBuffer
}

export type FromKeeper =
  | { type: 'beat'; beat: Heartbeat }
  /** The lease was lost, or could not be renewed and is about to end. */
  | { type: 'lost'; message: string }
/** The worker has seen these; it now sees to it that they end. */
export type ToKeeper = { type: 'seen'; keys: JobKey[] } | { type: 'stop' }

const { database, lease, leaseMs, heartbeatMs, graceMs, deadlines, ...data } = workerData as KeeperData
const inline = new Set(data.inline)
const port = parentPort as NonNullable<typeof parentPort>
/** How long before its end a lease that cannot be renewed counts as lost: time to end what runs under it. */
const margin = Math.min(graceMs, leaseMs / 4)

type Asked = Heartbeat['cancel'][number]

const asked = new Map<JobKey, { job: Asked; since: number; seen: boolean }>()
let renewedAt = performance.now()
let lastAsk: Heartbeat['ask']
let stopped = false
let wake: () => void = () => {}

port.on('message', (message: ToKeeper) => {
  if (message.type === 'stop') stopped = true
  else
    for (const key of message.keys) {
      const entry = asked.get(key)
      if (entry !== undefined) entry.seen = true
    }
  wake()
})

function note(cancel: Heartbeat['cancel']): void {
  for (const job of cancel) {
    if (asked.get(job.key)?.job.claim !== job.claim) {
      asked.set(job.key, { job, since: performance.now(), seen: false })
    }
  }
  for (const key of asked.keys()) if (!cancel.some((job) => job.key === key)) asked.delete(key)
}

/**
 * The worker's event loop is blocked, by an inline job most likely, so it has not even heard of the cancel, or cannot
 * do what it should. Such a job cannot be ended; but it is settled here, so that it is fenced off and nobody waits for
 * it. One in a child is left alone: it is stopped when the worker is free again, and is cancelled only then.
 */
function unheard(now: number): Settlement[] {
  const settlements: Settlement[] = []
  for (const { job, since, seen } of asked.values()) {
    if (!inline.has(`${job.class}.${job.method}`)) continue
    // The worker may be about to write it: what it has seen gets the same time once more.
    if (performance.now() - since < graceMs * (seen ? 2 : 1) + (seen ? heartbeatMs : 0)) continue
    const error = { name: 'OffstageError', message: GIVEN_UP }
    const { startedAt } = job
    const next = { status: 'cancelled' } as const
    settlements.push({ job, lease, next, outcome: 'cancelled', startedAt, finishedAt: now, error })
  }
  return settlements
}

const GIVEN_UP = 'it blocks its worker and could not be stopped: it was given up, and may still be running'
const givenUp = new Set<string>()

/** The same for timeouts, whose timers stand still while the event loop is blocked. */
function unstopped(now: number): Settlement[] {
  const settlements: Settlement[] = []
  // A worker that is well stops it in time: half a heartbeat is for one that is only busy.
  for (const { key, attempt, claim, startedAt, retryInMs } of overdue(deadlines, now - heartbeatMs / 2)) {
    if (givenUp.has(`${key} ${claim}`)) continue
    const error = { name: 'TimeoutError', message: `the attempt ran longer than its timeout allows; ${GIVEN_UP}` }
    const job = { key, attempt, claim, ...UNTOLD }
    const ended = { job, lease, outcome: 'timed_out', startedAt, finishedAt: now, error } as const
    if (retryInMs === undefined) settlements.push({ ...ended, next: { status: 'failed' }, reason: 'timed out' })
    else settlements.push({ ...ended, next: { status: 'pending', inMs: retryInMs, spared: false, crashed: false } })
  }
  return settlements
}

/** What only those need to know who tell of a settlement; nobody does here. */
const UNTOLD = { id: '', class: '', method: '', queue: '', maxAttempts: 0, runAt: 0 }

const store = await openStore(database)
while (!stopped) {
  try {
    const beat = await store.heartbeat(lease)
    if (stopped) break
    if (!beat.alive) {
      port.postMessage({ type: 'lost', message: 'its lease has ended' } satisfies FromKeeper)
      break
    }
    renewedAt = performance.now()
    note(beat.cancel)
    if (beat.cancel.length > 0 || beat.ask !== lastAsk) port.postMessage({ type: 'beat', beat } satisfies FromKeeper)
    lastAsk = beat.ask
    const settlements = [...unheard(beat.now), ...unstopped(beat.now)]
    if (settlements.length > 0) await store.settle(settlements)
    for (const { job } of settlements) givenUp.add(`${job.key} ${job.claim}`)
  } catch (error) {
    if (performance.now() - renewedAt > leaseMs - margin) {
      const message = `its lease could not be renewed: ${(error as Error).message}`
      port.postMessage({ type: 'lost', message } satisfies FromKeeper)
      break
    }
  }
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, heartbeatMs)
    wake = () => {
      clearTimeout(timer)
      resolve()
    }
  })
}
await store.close().catch(() => {})
port.close()
