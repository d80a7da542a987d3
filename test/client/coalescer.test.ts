import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Coalescer } from '../../src/client/coalescer.ts'
import { OffstageError } from '../../src/core/errors.ts'
import { newId } from '../../src/core/id.ts'
import type { Enqueued } from '../../src/core/job.ts'
import type { NewJob } from '../../src/store/store.ts'

const job = (args = '[]'): NewJob => ({
  id: newId(),
  class: 'SampleJob',
  method: 'process',
  args,
  queue: 'default',
  priority: 0,
  due: { inMs: 0 },
  maxAttempts: 4,
})
const created = (jobs: readonly NewJob[]): Enqueued[] => jobs.map(({ id }) => ({ id, status: 'created' }))

/** Answers what `answer` says, and keeps what it was asked. */
function recorder(answer: (jobs: readonly NewJob[]) => Enqueued[] | Promise<Enqueued[]> = created) {
  const batches: string[][] = []
  const enqueue = async (jobs: readonly NewJob[]) => {
    batches.push(jobs.map(({ args }) => args))
    return await answer(jobs)
  }
  return { batches, enqueue }
}

/** Callers that each add one job after the other, until they are disposed of. */
function callers(count: number, coalescer: Coalescer): AsyncDisposable {
  let isOver = false
  const caller = async () => {
    while (!isOver) await coalescer.add(job())
  }
  const all = Promise.all(Array.from({ length: count }, caller))
  return {
    async [Symbol.asyncDispose]() {
      isOver = true
      await all
    },
  }
}

/** Batches in a row: a trial has some ten of one way, then as many of the other. */
const MORE_THAN_A_TRIAL = 40

function areAll(batches: readonly string[][], length: number): boolean {
  return batches.length === MORE_THAN_A_TRIAL && batches.every((batch) => batch.length === length)
}

describe('a coalescer', () => {
  test('makes one batch of what is added at the same time, and gives each its own answer', async () => {
    const { batches, enqueue } = recorder()
    const coalescer = new Coalescer(enqueue)
    const jobs = Array.from({ length: 32 }, (_, i) => job(`[${i}]`))
    const answers = await Promise.all(jobs.map((each) => coalescer.add(each)))
    expect(batches).toEqual([jobs.map(({ args }) => args)])
    expect(answers.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id))
  })

  test('keeps as many batches in flight as the database gains from, which may become known later', async () => {
    const gates: (() => void)[] = []
    const { batches, enqueue } = recorder(async (jobs) => {
      await new Promise<void>((resolve) => gates.push(resolve))
      return created(jobs)
    })
    let parallel = 1
    const coalescer = new Coalescer(enqueue, { maxBatch: 2, maxInFlight: () => parallel })
    const answers = Promise.all(Array.from({ length: 10 }, () => coalescer.add(job())))
    await expect.poll(() => gates.length).toBe(1)
    parallel = 3
    gates.shift()?.()
    await expect.poll(() => gates.length).toBe(3)
    await new Promise((resolve) => setImmediate(resolve))
    expect(batches).toHaveLength(4)
    for (; batches.length < 5 || gates.length > 0; await nextTurn()) gates.shift()?.()
    await answers
    await coalescer.drained()
  })

  test('callers that go on after each other stay together', async () => {
    const { batches, enqueue } = recorder()
    const coalescer = new Coalescer(enqueue)
    const caller = async () => {
      for (let i = 0; i < 5; i++) await coalescer.add(job())
    }
    await Promise.all(Array.from({ length: 10 }, caller))
    expect(batches.map((batch) => batch.length)).toEqual([10, 10, 10, 10, 10])
  })

  test('many callers that go on after each other become two groups, where two batches at a time bring more', async () => {
    // Each batch takes as long as it is large, whatever else is under way.
    const { batches, enqueue } = recorder(async (jobs) => {
      await sleep(jobs.length / 4)
      return created(jobs)
    })
    await using _ = callers(32, new Coalescer(enqueue, { maxInFlight: () => 2 }))
    await expect.poll(() => areAll(batches.slice(-MORE_THAN_A_TRIAL), 16), { timeout: 20_000 }).toBe(true)
    // Those that were made at once, before anything was under way, stay together, in their order.
    expect(batches[0]).toHaveLength(32)
  })

  test('and stay one group where they do not', async () => {
    // One batch after the other, each as long as any.
    let last = Promise.resolve()
    const { batches, enqueue } = recorder(async (jobs) => {
      last = last.then(() => sleep(2))
      await last
      return created(jobs)
    })
    await using _ = callers(32, new Coalescer(enqueue, { maxInFlight: () => 2 }))
    const tried = () => batches.some(({ length }) => length === 16)
    const settled = () => tried() && areAll(batches.slice(-MORE_THAN_A_TRIAL), 32)
    await expect.poll(settled, { timeout: 20_000 }).toBe(true)
  })

  test('few callers stay one group, also where two batches at a time gain anything', async () => {
    const { batches, enqueue } = recorder(async (jobs) => {
      await new Promise((resolve) => setImmediate(resolve))
      return created(jobs)
    })
    const coalescer = new Coalescer(enqueue, { maxInFlight: () => 2 })
    const caller = async () => {
      for (let i = 0; i < 3; i++) await coalescer.add(job())
    }
    await Promise.all(Array.from({ length: 15 }, caller))
    expect(batches.map((batch) => batch.length)).toEqual([15, 15, 15])
  })

  test('has one batch in flight, and sends what came meanwhile as the next', async () => {
    const gates: (() => void)[] = []
    const { batches, enqueue } = recorder(async (jobs) => {
      await new Promise<void>((resolve) => gates.push(resolve))
      return created(jobs)
    })
    const coalescer = new Coalescer(enqueue)
    const first = coalescer.add(job('[1]'))
    await expect.poll(() => gates.length).toBe(1)
    const rest = [coalescer.add(job('[2]')), coalescer.add(job('[3]'))]
    await new Promise((resolve) => setImmediate(resolve))
    expect(batches).toEqual([['[1]']])
    gates[0]?.()
    await first
    await expect.poll(() => gates.length).toBe(2)
    expect(batches).toEqual([['[1]'], ['[2]', '[3]']])
    gates[1]?.()
    await Promise.all(rest)
  })

  test('divides what is more than a batch', async () => {
    const { batches, enqueue } = recorder()
    const coalescer = new Coalescer(enqueue, { maxBatch: 10 })
    await Promise.all(Array.from({ length: 25 }, () => coalescer.add(job())))
    expect(batches.map((batch) => batch.length)).toEqual([10, 10, 5])
  })

  test('a job that cannot be stored fails alone', async () => {
    const { batches, enqueue } = recorder((jobs) => {
      if (jobs.some(({ args }) => args === '["bad"]')) throw new Error('cannot be stored')
      return created(jobs)
    })
    const coalescer = new Coalescer(enqueue)
    const jobs = [job('[1]'), job('["bad"]'), job('[3]')]
    const results = await Promise.allSettled(jobs.map((each) => coalescer.add(each)))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[2]).toMatchObject({ value: { id: jobs[2]?.id } })
    expect(batches).toEqual([['[1]', '["bad"]', '[3]'], ['[1]'], ['["bad"]'], ['[3]']])
  })

  test.each([
    new OffstageError('DATABASE_BUSY', 'busy', { transient: true }),
    new OffstageError('DATABASE_FULL', 'full', { transient: true }),
    new OffstageError('CLOSED', 'closed'),
  ])('what concerns the whole database fails the batch at once: $code', async (error) => {
    const { batches, enqueue } = recorder(() => {
      throw error
    })
    const coalescer = new Coalescer(enqueue)
    const results = await Promise.allSettled([coalescer.add(job()), coalescer.add(job())])
    expect(results).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ])
    expect(batches).toHaveLength(1)
  })

  test('goes on after a failure', async () => {
    let fails = true
    const { enqueue } = recorder((jobs) => {
      if (fails) throw new OffstageError('DATABASE_FULL', 'full', { transient: true })
      return created(jobs)
    })
    const coalescer = new Coalescer(enqueue)
    await expect(coalescer.add(job())).rejects.toThrow('full')
    fails = false
    await expect(coalescer.add(job())).resolves.toMatchObject({ status: 'created' })
  })

  test('a loop of awaited calls leaves the event loop its turn', async () => {
    const { enqueue } = recorder()
    const coalescer = new Coalescer(enqueue)
    let turned = false
    setTimeout(() => {
      turned = true
    }, 1)
    // Without a turn this ends at the limit: nothing in the loop waits for more than a microtask.
    let calls = 0
    while (!turned && calls < 1_000_000) {
      await coalescer.add(job())
      calls += 1
    }
    expect(turned).toBe(true)
  })

  test('is drained when every call has been answered', async () => {
    const { enqueue } = recorder()
    const coalescer = new Coalescer(enqueue)
    await coalescer.drained()
    let answered = 0
    for (let i = 0; i < 3; i++) void coalescer.add(job()).then(() => answered++)
    await coalescer.drained()
    expect(answered).toBe(3)
  })
})
