/**
 * What keeps a worker's lease, in a thread of its own: a job that blocks the worker's event loop must not make it look
 * dead. With its own connection, since the worker's may be in the middle of something.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { Heartbeat, JobKey, Lease, Settlement } from '../../store/store.ts'
import { openStore } from '../../stores/open.ts'

export interface KeeperData {
  database: string
  lease: Lease
  leaseMs: number
  heartbeatMs: number
  graceMs: number
}

export type FromKeeper =
  | { type: 'beat'; beat: Heartbeat }
  /** The lease was lost, or could not be renewed and is about to end. */
  | { type: 'lost'; message: string }
/** The worker has seen these; it now sees to it that they end. */
export type ToKeeper = { type: 'seen'; keys: JobKey[] } | { type: 'stop' }

const { database, lease, leaseMs, heartbeatMs, graceMs } = workerData as KeeperData
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
    if (asked.get(job.key)?.job.attempt !== job.attempt) {
      asked.set(job.key, { job, since: performance.now(), seen: false })
    }
  }
  for (const key of asked.keys()) if (!cancel.some((job) => job.key === key)) asked.delete(key)
}

/**
 * The worker's event loop is blocked, by an inline job most likely, so it has not even heard of the cancel. Such a job
 * cannot be ended; but it is settled here, so that it is fenced off and nobody waits for it.
 */
async function settleUnheard(now: number): Promise<void> {
  const message = 'it blocks its worker and could not be stopped: it was given up, and may still be running'
  const settlements: Settlement[] = []
  for (const { job, since, seen } of asked.values()) {
    if (seen || performance.now() - since < graceMs) continue
    settlements.push({
      job,
      lease,
      next: { status: 'cancelled' },
      outcome: 'cancelled',
      startedAt: job.startedAt,
      finishedAt: now,
      error: { name: 'OffstageError', message },
    })
  }
  await store.settle(settlements)
}

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
    await settleUnheard(beat.now)
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
