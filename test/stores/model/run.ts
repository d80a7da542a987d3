import assert from 'node:assert/strict'
import type { ClaimedJob, Lease, Settlement, Store } from '../../../src/store/store.ts'
import { ManualClock } from '../../../src/testing/index.ts'
import type { Action } from './actions.ts'
import { type Ending, Model, type ModelJob } from './model.ts'

const queueNames = ['a', 'b', 'c']

/** Does the same to a store and to the model, and compares what both answer and what became of every job. */
export async function runBoth(
  open: (clock: () => number) => Promise<Store>,
  actions: readonly Action[],
): Promise<void> {
  const clock = new ManualClock()
  const store = await open(clock.now)
  try {
    await store.migrate()
    const run = new Run(store, clock)
    for (const action of actions) {
      await run.step(action)
      await run.compare()
    }
  } finally {
    await store.close()
  }
}

class Run {
  #store: Store
  #clock: ManualClock
  #model: Model
  #leases: Lease[] = []
  #held = new Map<string, { job: ClaimedJob; lease: Lease }>()
  #settled: Settlement[] = []
  #made = 0
  #claims = 0

  constructor(store: Store, clock: ManualClock) {
    this.#store = store
    this.#clock = clock
    this.#model = new Model(clock.now())
  }

  async step(action: Action): Promise<void> {
    const model = this.#model
    switch (action.kind) {
      case 'enqueue':
        return await this.#enqueue(action.jobs)
      case 'claim':
        return await this.#claim(action)
      case 'settle':
        return await this.#settle(action.endings)
      case 'lose':
        return await this.#lose(action.worker)
      case 'command': {
        if (model.jobs.length === 0) return
        const jobs = action.jobs.map((number) => model.jobs[number % model.jobs.length] as ModelJob)
        const answers = await this.#store[action.command](jobs.map(({ id }) => id))
        const expected = jobs.map((job) => {
          // One that is named twice may be gone by the second time.
          return { id: job.id, result: model.jobs.includes(job) ? model[action.command](job) : 'missing' }
        })
        const told = answers.map(({ id, result }) => ({ id, result }))
        assert.deepEqual(told, expected, action.command)
        return
      }
      case 'pause': {
        const queue = queueNames[action.queue] as string
        model.paused[action.paused ? 'add' : 'delete'](queue)
        return await this.#store.setPaused(queue, action.paused)
      }
      case 'advance':
        this.#clock.advance(action.ms)
        model.now = this.#clock.now()
        return
      default:
        action satisfies never
    }
  }

  async #enqueue(jobs: Extract<Action, { kind: 'enqueue' }>['jobs']): Promise<void> {
    const batch = jobs.map(({ order, queue, priority, inMs, maxAttempts }) => ({
      // Ids come in another order than the jobs.
      id: `0193a5c0-7e00-7000-8000-${String(order).padStart(6, '0')}${String(this.#made++).padStart(6, '0')}`,
      class: 'SampleJob',
      method: 'process',
      args: '[]',
      queue: queueNames[queue] as string,
      priority,
      due: { inMs },
      maxAttempts,
    }))
    const answers = await this.#store.enqueue(batch)
    assert.ok(answers.every(({ id, status }, index) => id === batch[index]?.id && status === 'created'))
    for (const job of batch) this.#model.enqueue({ ...job, inMs: job.due.inMs })
  }

  async #lease(worker: number): Promise<Lease> {
    const known = this.#leases[worker]
    if (known !== undefined) return known
    const description = { host: 'h', pid: 1, queues: 'all', concurrency: 1, version: '0', leaseMs: 1e9 }
    const lease = await this.#store.register({ id: `w${worker}`, ...description })
    this.#leases[worker] = lease
    return lease
  }

  async #claim({ worker, queues, limit, start }: Extract<Action, { kind: 'claim' }>): Promise<void> {
    const lease = await this.#lease(worker)
    const names = queues.length === 0 ? 'all' : queues.map((queue) => queueNames[queue] as string)
    const claim = await this.#store.claim({
      lease,
      claim: ++this.#claims,
      steps: [{ queues: names, limit }],
      limit,
      start,
    })
    const expected = this.#model.claim(worker, names, limit, start)
    assert.deepEqual(
      claim.jobs.map(({ id, attempt, maxAttempts, crashes, spared, runAt }) => [
        id,
        attempt,
        maxAttempts,
        crashes,
        spared,
        runAt,
      ]),
      expected.map((job) => [
        job.id,
        job.attempt,
        job.attemptsAllowed + job.spared,
        job.crashes,
        job.spared,
        job.runAt,
      ]),
    )
    assert.equal(claim.nextDueInMs, this.#model.nextDueInMs())
    for (const job of claim.jobs) this.#held.set(job.id, { job, lease })
  }

  /** Ends as many held jobs as there are endings, in one batch; then the same again, which must all be stale. */
  async #settle(endings: readonly { ending: Ending; inMs: number }[]): Promise<void> {
    const held = this.#model.jobs.filter(({ place }) => place === 'held').slice(0, endings.length)
    const batch = held.map((job, index) => {
      const { ending, inMs } = endings[index] as { ending: Ending; inMs: number }
      this.#model.settle(job, ending, inMs)
      return this.#settlement(job, ending, inMs)
    })
    assert.deepEqual(await this.#store.settle(batch), [])
    assert.deepEqual(
      await this.#store.settle(batch),
      batch.map((_, index) => index),
    )
    // Also of a job that was given back, and is claimed under the same number of attempt again, by the same lease.
    this.#settled.push(...batch)
  }

  /** A worker dies; another finds what it held. What the dead one still says is refused. */
  async #lose(worker: number): Promise<void> {
    const lease = this.#leases[worker]
    if (lease === undefined) return
    await this.#store.endLease(lease)
    delete this.#leases[worker]
    const lost = this.#model.jobs.filter((job) => job.worker === worker)
    const orphans = await this.#store.orphans(1_000)
    assert.deepEqual(
      orphans.map(({ id, startedAt }) => [id, startedAt !== undefined]).sort(),
      lost.map(({ id, started }) => [id, started]).sort(),
    )
    const batch = lost.map((job) => {
      const ending = job.started ? 'crashed' : 'suspect'
      this.#model.settle(job, ending, 0)
      return this.#settlement(job, ending, 0)
    })
    assert.deepEqual(await this.#store.settle(batch), [])
    assert.equal((await this.#store.settle([...this.#settled, ...batch])).length, this.#settled.length + batch.length)
  }

  #settlement({ id }: ModelJob, ending: Ending, inMs: number): Settlement {
    const { job, lease } = this.#held.get(id) as { job: ClaimedJob; lease: Lease }
    const now = this.#clock.now()
    const settlement = { job, lease, startedAt: now, finishedAt: now }
    const later = { status: 'pending', inMs } as const
    switch (ending) {
      case 'retried':
        return { ...settlement, next: { ...later, spared: false, crashed: false }, outcome: 'failed' }
      case 'crashed':
        return { ...settlement, next: { ...later, spared: true, crashed: true }, outcome: 'crashed' }
      case 'snoozed':
        return { ...settlement, next: { ...later, spared: true, crashed: false }, outcome: 'snoozed' }
      case 'released':
      case 'suspect': {
        const next = { status: 'released', suspect: ending === 'suspect' } as const
        return { ...settlement, next, outcome: undefined, startedAt: undefined }
      }
      default:
        return { ...settlement, next: { status: ending }, outcome: ending }
    }
  }

  async compare(): Promise<void> {
    const { jobs } = await this.#store.list({ limit: 1_000 })
    const model = this.#model
    const byId = new Map(jobs.map((job) => [job.id, job]))
    assert.equal(byId.size, model.jobs.length)
    for (const expected of model.jobs) {
      const job = byId.get(expected.id)
      assert.ok(job, `job ${expected.id} is missing`)
      const shownAttempt = expected.place === 'held' && !expected.started ? expected.attempt - 1 : expected.attempt
      assert.deepEqual(
        [job.status, job.attempt, job.maxAttempts, job.finishedAt !== null],
        [
          model.status(expected),
          shownAttempt,
          expected.attemptsAllowed + expected.spared,
          ['completed', 'failed', 'cancelled'].includes(expected.place),
        ],
        `job ${expected.id}`,
      )
      const reason = model.reason(expected)
      if (reason !== undefined) assert.equal(job.reason, reason, `reason of job ${expected.id}`)
      if (expected.place === 'pending') assert.equal(job.runAt.getTime(), expected.runAt, `due time of ${expected.id}`)
    }
  }
}
