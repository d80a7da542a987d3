import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Scheduling } from '../../src/client/scheduling.ts'
import { allow } from '../../src/core/allow.ts'
import { type EventName, Events, type OffstageEvents } from '../../src/core/events.ts'
import type { HandlerOptions } from '../../src/core/handler.ts'
import { newId } from '../../src/core/id.ts'
import { Registry } from '../../src/core/registry.ts'
import { resolveSettings, type WorkerConfig } from '../../src/core/settings.ts'
import { observe } from '../../src/store/observe.ts'
import { recognisingRepeats } from '../../src/store/repeats.ts'
import type { NewJob, Store } from '../../src/store/store.ts'
import { openStore } from '../../src/stores/open.ts'
import { currentJob } from '../../src/worker/entry/current-job.ts'
import { createWorker, type LocalWorker } from '../../src/worker/worker.ts'
import { farStore, type Line } from '../support/far-store.ts'

/** What the jobs of a rig do; a test sets it. */
export type Work = (data: string, job: ReturnType<typeof currentJob>) => unknown

const NAMES = ['completed', 'retrying', 'failed', 'cancelled', 'released', 'stale', 'worker'] as const

/** A worker in this process, on a SQLite file unless told otherwise, with a line between the two that a test can disturb. */
export async function makeRig(
  options: {
    database?: string
    parallel?: number
    worker?: WorkerConfig
    handler?: Omit<HandlerOptions, 'args' | 'create'>
    work?: Work
  } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'offstage-rig-'))
  const { database = `sqlite:${join(folder, 'jobs.db')}` } = options
  const store = await openStore(database)
  await store.migrate()
  const events = new Events()
  const told: { [Name in EventName]?: OffstageEvents[Name][] } = {}
  for (const name of NAMES) {
    const list: unknown[] = []
    Object.assign(told, { [name]: list })
    events.on(name, (event) => void list.push(event))
  }
  const far = { line: ((_, call) => call()) as Line, parallel: options.parallel ?? store.parallel }
  class Job {
    run(data: string) {
      return options.work?.(data, currentJob())
    }
  }
  const handler = { isolation: 'inline' as const, retries: 3, backoff: 0, ...options.handler }
  const jobs = [allow(Job, { run: handler })]
  const settings = resolveSettings({ database, jobs, worker: { heartbeat: 0.1, grace: 1, ...options.worker } })
  const registry = Registry.from(jobs)
  let worker: LocalWorker
  const behind: Store = observe(recognisingRepeats(farStore(store, far)), events, () => worker.id)
  const scheduling = new Scheduling(registry, settings.maxArgsBytes)
  worker = createWorker({ store: behind, registry, events, settings, scheduling, configPath: undefined, version: '0' })
  return {
    worker,
    /** The database itself, which no disturbance reaches. */
    store,
    far,
    told: told as { [Name in (typeof NAMES)[number]]: OffstageEvents[Name][] },
    newJob,
    async enqueue(data: readonly string[]): Promise<string[]> {
      const batch = data.map((each) => newJob(each))
      await store.enqueue(batch)
      return batch.map(({ id }) => id)
    },
    async [Symbol.asyncDispose]() {
      await worker.stop({ graceMs: 0 })
      await store.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** As the client makes one. */
function newJob(data: string, overrides: Partial<NewJob> = {}): NewJob {
  return {
    id: newId(),
    class: 'Job',
    method: 'run',
    args: JSON.stringify([data]),
    queue: 'default',
    priority: 0,
    due: { inMs: 0 },
    maxAttempts: 4,
    fresh: true,
    ...overrides,
  }
}
