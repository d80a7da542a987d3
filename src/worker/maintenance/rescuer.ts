import { readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { fingerprintOf } from '../../core/fingerprint.ts'
import { type AttemptPolicy, attemptPolicy, NO_POLICY } from '../../core/policy.ts'
import type { Registry } from '../../core/registry.ts'
import { decide } from '../../core/transition.ts'
import type { Orphan, Settlement, Store } from '../../store/store.ts'
import type { Duty } from './maintenance.ts'

const BATCH = 200
/** How long workers that were cut off are given to come back, once the database has. */
const COME_BACK_MS = 5_000

export interface RescuerOptions {
  store: Store
  registry: Registry
  host: string
  /** The database's clock, as near as the worker knows it. */
  now: () => number
  leaseMs: number
  everyMs: number
  /** False while this worker has no lease itself: who was cut off with it is no more dead than it is. */
  isAlive: () => boolean
  onRescue: (orphan: Orphan) => void
}

/**
 * Looks for orphans. After an outage of the database all leases may have lapsed: whoever is back first would count the
 * jobs of all others as crashed, though their workers have ended them in good order and are about to say so.
 */
export function rescuer(options: RescuerOptions): Duty {
  const { store, host, leaseMs, everyMs, isAlive } = options
  let away = false
  return {
    async run() {
      if (!isAlive()) {
        away = true
        return everyMs
      }
      try {
        if (away) await endLeasesOfDead(store, host)
        else await rescue(options)
      } catch (error) {
        away = true
        throw error
      }
      if (!away) return everyMs
      away = false
      return Math.max(everyMs, Math.min(COME_BACK_MS, leaseMs / 4))
    },
  }
}

/**
 * Tells processes that can see each other's process ids from all others: the machine, and on Linux the namespace,
 * since two containers may well have one host name.
 */
export function thisHost(): string {
  try {
    return `${hostname()}/${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}

/**
 * Gives the jobs of dead workers to the living. A worker is dead when its lease has ended. One of this machine whose
 * process is gone has its lease ended at once, so that nobody waits out the lease of a worker that was just killed.
 * Every worker may do this at any time: each orphan is settled behind its old lease, so it is settled once.
 */
async function rescue({ store, registry, host, now, isAlive, onRescue }: RescuerOptions): Promise<void> {
  await endLeasesOfDead(store, host)
  for (;;) {
    const orphans = await store.orphans(BATCH)
    // It may have waited long for this answer.
    if (orphans.length === 0 || !isAlive()) return
    const stale = new Set(await store.settle(orphans.map((orphan) => settlementOf(orphan, registry, now()))))
    for (const [index, orphan] of orphans.entries()) if (!stale.has(index)) onRescue(orphan)
    if (orphans.length < BATCH) return
  }
}

/** Ends the leases of this machine's workers whose processes are gone. */
export async function endLeasesOfDead(store: Store, host: string): Promise<void> {
  for (const worker of await store.workers()) {
    if (worker.host === host && !isRunning(worker.pid)) await store.endLease(worker.lease)
  }
}

function settlementOf(orphan: Orphan, registry: Registry, now: number): Settlement {
  const { lease, workerId, attempt, startedAt } = orphan
  const handler = registry.find(orphan.class, orphan.method)
  const finishedAt = startedAt === undefined ? now : Math.max(startedAt, now)
  if (startedAt === undefined) {
    // It was only claimed ahead; but it may have been started in its worker's last moment, and have caused the end.
    // Only code in the worker's own process can.
    const facts = { ...orphan, suspect: handler === undefined || handler.isolation === 'inline' }
    return { job: orphan, lease, ...decide(facts, { kind: 'released' }, NO_POLICY, finishedAt) }
  }
  const message = `worker "${workerId}" was killed, crashed or cut off while it ran attempt ${attempt}`
  // The job did nothing to deserve a wait: it goes on as soon as somebody is free.
  const policy: AttemptPolicy = { ...attemptPolicy(handler?.policy ?? NO_POLICY, orphan.policy), backoff: 0 }
  const error = { name: 'WorkerLost', message }
  const fingerprint = fingerprintOf(error, orphan)
  return { job: orphan, lease, fingerprint, ...decide(orphan, { kind: 'crashed', error }, policy, finishedAt) }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Not permitted means that there is such a process.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
