import type { Enqueued } from '../../core/job.ts'
import type { Claim, NewJob, Store } from '../../store/store.ts'
import { createMoveStore } from '../sql/move/store.ts'
import { sharedOperations } from '../sql/operations.ts'
import { logs } from '../sql/queries.ts'
import { createScheduleStore } from '../sql/schedules.ts'
import { enqueueInTx } from '../sql/tx/enqueue.ts'
import { enqueueUnique } from '../sql/tx/store-jobs.ts'
import { areUnique } from '../sql/unique.ts'
import { Ahead } from './ahead.ts'
import { Claimer } from './claim.ts'
import { PostgresDatabase, type PostgresOptions } from './database.ts'
import { enqueue, enqueueAndClaim } from './enqueue.ts'
import { heartbeat } from './heartbeat.ts'
import { behind, ifAllowed, LEAVING, LOOKING, WATCHING } from './looking.ts'
import { Lookout } from './lookout.ts'
import { migratePostgres } from './migrate.ts'
import { takeFirst } from './move.ts'
import { Names } from './names.ts'
import { record } from './record.ts'
import { Settler } from './settle.ts'
import { Staging } from './staging.ts'
import { postgresTx } from './tx.ts'
import { Wake } from './wake.ts'
import { withoutZero, withZero } from './zero.ts'

/** A store in a PostgreSQL database, for as many processes on as many machines as it has connections for. */
export async function createPostgresStore(
  options: PostgresOptions,
): Promise<Store & { readonly database: PostgresDatabase }> {
  const database = new PostgresDatabase(options)
  // Whoever opens it hears at once what is wrong with the place.
  await database.pool.use(async () => {})
  const names = new Names(database)
  const wake = new Wake(database)
  const ahead = new Ahead(database)
  const staging = new Staging(database, names, wake)
  const around = { names, wake, staging }
  const claimer = new Claimer(database, names, ahead)
  const lookout = new Lookout(database, () => wake.told)
  const settler = new Settler(database, wake, ahead)
  const shared = sharedOperations(database, waking)
  const foreign = postgresTx(database, wake.channel)
  const moving = createMoveStore(database, {
    takeFirst,
    ...(wake.channel === '' ? {} : { wake: wake.statement }),
    lines: { stored: withoutZero, written: withZero },
  })

  /** For what a person does, which has others to tell that it did not reach by itself. */
  async function waking<Result>(work: Promise<Result>): Promise<Result> {
    const result = await work
    // It is done, whether anybody hears of it or not: those who do not will see it when they look.
    await wake.tellAll().catch(() => {})
    return result
  }

  async function enqueueAny(jobs: readonly NewJob[]): Promise<Enqueued[]> {
    if (!areUnique(jobs)) return await enqueue(database, around, jobs)
    await staging.own()
    return await enqueueUnique(database, foreign, jobs)
  }

  /** For what tells other processes by itself. */
  async function telling<Result>(work: Promise<Result>): Promise<Result> {
    const result = await work
    wake.tell()
    return result
  }

  /** What a claim that came along with jobs has not taken, since others were first in line, may be for somebody else. */
  async function tellOfLeft(jobs: readonly NewJob[], claim: Promise<Claim>): Promise<void> {
    const taken = new Set((await claim.catch(() => undefined))?.jobs.map(({ id }) => id))
    if (!jobs.every(({ id }) => taken.has(id))) wake.soon()
  }

  return {
    database,
    ...shared,
    ...behind(() => staging.all(), shared, LOOKING),
    ...behind(() => staging.own(), shared, WATCHING),
    schedules: createScheduleStore(database, foreign, telling),
    moving: { ...moving, ...behind(() => staging.all(), moving, LEAVING) },
    parallel: 2,
    enqueue: async (jobs, tx) => {
      if (tx !== undefined) {
        await staging.own()
        return await enqueueInTx(foreign, tx, jobs)
      }
      return await telling(enqueueAny(jobs))
    },
    claim: async (request) => {
      await staging.own()
      return await lookout.before(() => claimer.claim(request))
    },
    enqueueAndClaim: async (jobs, request) => {
      await staging.own()
      const question = areUnique(jobs) ? undefined : claimer.along(request, jobs)
      const done = question && (await enqueueAndClaim(database, names, jobs, question))
      if (done?.claim !== undefined) void tellOfLeft(jobs, done.claim)
      const { enqueued, claim } = done ?? { enqueued: await enqueueAny(jobs), claim: undefined }
      wake.tell()
      return { enqueued, claim }
    },
    settle: (batch) => settler.settle(batch),
    heartbeat: (lease) => heartbeat(database, lease),
    record: (lease, records) => record(database, ahead, lease, records),
    held: async (lease, claim) => {
      await database.pool.use((session) => ahead.spreadClaims(session, lease, [claim], database.place.timeoutMs))
      return await shared.held(lease, claim)
    },
    orphans: async (limit) => {
      await ahead.spreadOrphans()
      await ifAllowed(() => staging.all())
      return await shared.orphans(limit)
    },
    logs: async (id, attempt) => {
      const lines = await logs(database, id, attempt)
      return lines.map((line) => ({ ...line, text: withZero(line.text) }))
    },

    onWake: (listener) => wake.on(listener),
    migrate: () => migratePostgres(database),
    close: async () => {
      await staging.close()
      await wake.stop()
      await database.close()
    },
  }
}
