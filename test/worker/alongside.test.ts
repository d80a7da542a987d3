import { describe, expect, test } from 'vitest'
import { OffstageError } from '../../src/core/errors.ts'
import type { Enqueued } from '../../src/core/job.ts'
import type { EnqueuedAndClaimed, NewJob } from '../../src/store/store.ts'
import { makeApp } from '../support/app.ts'
import type { Line } from '../support/far-store.ts'
import { temporarySchema, withPostgres } from '../support/postgres.ts'
import { InlineJobs, ProcessJobs, ThreadJobs } from '../support/promise-jobs.ts'
import { until } from '../support/until.ts'
import { makeRig, type Work } from './rig.ts'

/** A worker on PostgreSQL that has looked, found nothing, and waits for news; all calls of its are told. */
async function idleRig(work: Work = () => {}) {
  const schema = temporarySchema()
  const rig = await makeRig({ database: schema.url(), work, worker: { concurrency: 1, poll: '10m' } })
  const calls: string[] = []
  const remember: Line = (name, call) => {
    calls.push(name)
    return call()
  }
  rig.far.line = remember
  await rig.worker.start()
  await until('the worker to be idle', () => rig.worker.isIdle())
  return {
    ...rig,
    calls,
    remember,
    /** As soon as no claim of its own is under way: it looks once more when it begins to listen. */
    async along(job: NewJob): Promise<Enqueued[]> {
      let answer: Promise<Enqueued[]> | undefined
      await until('the worker to take it along', () => {
        answer ??= rig.worker.enqueue([job])
        // Whoever asks hears of it when it awaits the answer.
        answer?.catch(() => {})
        return answer !== undefined
      })
      return await (answer as unknown as Promise<Enqueued[]>)
    },
    async completed(id: string) {
      await until('the job to be completed', async () => (await rig.store.get(id))?.status === 'completed')
      await until('the worker to be idle', () => rig.worker.isIdle())
      return (await rig.store.get(id))?.attempts.map(({ attempt, outcome }) => `${attempt} ${outcome}`)
    },
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]()
      await schema[Symbol.asyncDispose]()
    },
  }
}

await withPostgres(() => {
  describe('a worker that has nothing to do', () => {
    test('claims with the call that stores a job of its own process', async () => {
      await using rig = await idleRig()
      const claims: EnqueuedAndClaimed[] = []
      rig.far.line = async (name, call) => {
        const answer = await rig.remember(name, call, [])
        if (name === 'enqueueAndClaim') claims.push(answer as EnqueuedAndClaimed)
        return answer
      }
      const job = rig.newJob('a')
      expect(await rig.along(job)).toEqual([{ id: job.id, status: 'created' }])
      expect(await rig.completed(job.id)).toEqual(['1 completed'])
      expect((await claims[0]?.claim)?.jobs.map(({ id }) => id)).toEqual([job.id])
      expect(rig.calls).not.toContain('enqueue')
    })

    test('takes nothing from a queue that is paused, however urgent', async () => {
      const ran: string[] = []
      await using rig = await idleRig((data) => void ran.push(data))
      await rig.store.setPaused('other', true)
      await rig.store.enqueue([rig.newJob('urgent', { priority: 9, queue: 'other' })])
      await until('the worker to be idle', () => rig.worker.isIdle())
      const job = rig.newJob('own')
      await rig.along(job)
      expect(await rig.completed(job.id)).toEqual(['1 completed'])
      await rig.store.setPaused('other', false)
      await until('both have run', () => ran.length === 2)
      expect(ran).toEqual(['own', 'urgent'])
    })

    test('leaves what it cannot start now to the plain way', async () => {
      let end = () => {}
      const running = new Promise<void>((resolve) => (end = resolve))
      await using rig = await idleRig((data) => (data === 'long' ? running : undefined))
      expect(rig.worker.enqueue([rig.newJob('later', { due: { inMs: 60_000 } })])).toBeUndefined()
      expect(rig.worker.enqueue([rig.newJob('then', { due: { at: Date.now() } })])).toBeUndefined()
      expect(rig.worker.enqueue(Array.from({ length: 11 }, () => rig.newJob('many')))).toBeUndefined()
      rig.worker.quiet()
      expect(rig.worker.enqueue([rig.newJob('quiet')])).toBeUndefined()
      rig.worker.resume()
      let other: unknown = 'not asked'
      rig.far.line = (name, call) => {
        if (name === 'enqueueAndClaim') other = rig.worker.enqueue([rig.newJob('at the same time')])
        return call()
      }
      await rig.along(rig.newJob('long'))
      expect(other).toBeUndefined()
      await until('the long one to run', async () => (await rig.store.count({ status: 'running' })) === 1)
      expect(rig.worker.enqueue([rig.newJob('busy')])).toBeUndefined()
      end()
      await rig.worker.stop()
      expect(rig.worker.enqueue([rig.newJob('stopped')])).toBeUndefined()
      expect(await rig.store.count({})).toBe(1)
    })

    test('hears of what others store meanwhile', async () => {
      await using rig = await idleRig()
      const other = rig.newJob('from elsewhere')
      let meanwhile = () => {}
      const stored = new Promise<void>((resolve) => (meanwhile = resolve))
      rig.far.line = async (name, call) => {
        const answer = await call()
        if (name === 'enqueueAndClaim') {
          await rig.store.enqueue([other])
          meanwhile()
        }
        return answer
      }
      const job = rig.newJob('own')
      await rig.along(job)
      await stored
      expect(await rig.completed(job.id)).toEqual(['1 completed'])
      expect(await rig.completed(other.id)).toEqual(['1 completed'])
    })

    test('runs what was stored and claimed though the answer was lost, once', async () => {
      const ran: string[] = []
      await using rig = await idleRig((data) => void ran.push(data))
      rig.far.line = async (name, call) => {
        const answer = await call()
        if (name === 'enqueueAndClaim') throw new OffstageError('DATABASE_UNAVAILABLE', 'gone', { transient: true })
        return answer
      }
      const job = rig.newJob('a')
      await expect(rig.along(job)).rejects.toThrow('gone')
      expect(await rig.completed(job.id)).toEqual(['1 completed'])
      expect(ran).toEqual(['a'])
      // The caller tries again, as one does whose answer was lost.
      rig.far.line = rig.remember
      expect(await rig.store.enqueue([job])).toEqual([{ id: job.id, status: 'duplicate' }])
    })

    test('runs it though only what was claimed cannot be read', async () => {
      await using rig = await idleRig()
      rig.far.line = async (name, call) => {
        const answer = await call()
        if (name !== 'enqueueAndClaim') return answer
        await (answer as EnqueuedAndClaimed).claim
        const claim = Promise.reject(new OffstageError('DATABASE_UNAVAILABLE', 'gone', { transient: true }))
        return { ...(answer as EnqueuedAndClaimed), claim }
      }
      const job = rig.newJob('a')
      expect(await rig.along(job)).toEqual([{ id: job.id, status: 'created' }])
      expect(await rig.completed(job.id)).toEqual(['1 completed'])
    })

    test('gives back what comes when it is stopping, unspent', async () => {
      await using rig = await idleRig()
      let stopping = Promise.resolve()
      rig.far.line = async (name, call) => {
        const answer = await call()
        if (name === 'enqueueAndClaim') stopping = rig.worker.stop({ graceMs: 0 })
        return answer
      }
      const job = rig.newJob('a')
      await rig.along(job)
      await stopping
      const { status, attempt, attempts } = (await rig.store.get(job.id)) ?? {}
      expect({ status, attempt, attempts }).toEqual({ status: 'pending', attempt: 0, attempts: [] })
    })

    test('a batch for several kinds of isolation is heard of by all of them', async () => {
      await using schema = temporarySchema()
      await using app = makeApp({
        database: schema.url(),
        jobs: ['inline', 'process', 'thread'],
        config: { worker: { poll: '10m' } },
      })
      const worker = await app.offstage.start({ config: app.file('offstage.config.ts') })
      await until('the worker to be idle', () => worker.isIdle())
      const notes = app.file('notes')
      await app.offstage.runBackgroundJobs([
        [InlineJobs, 'take', [notes, 60_000]],
        [ProcessJobs, 'note', [notes]],
        [ThreadJobs, 'note', [notes]],
      ])
      // While the first runs: its end would have the worker look for everything.
      await until('the others to be done', async () => (await app.offstage.jobs.count({ status: 'completed' })) === 2)
      expect(await app.offstage.jobs.count({ status: 'running' })).toBe(1)
      await app.offstage.stop({ grace: 0 })
    })
  })
})
