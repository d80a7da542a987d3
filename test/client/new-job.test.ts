import * as valibot from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createNewJob, type JobOptions } from '../../src/client/new-job.ts'
import { type Allowed, allow } from '../../src/core/allow.ts'
import type { Unique } from '../../src/core/handler.ts'
import { isId, newId } from '../../src/core/id.ts'
import { Registry } from '../../src/core/registry.ts'
import { priorityWeighted } from '../../src/core/strategies.ts'
import type { NewJob } from '../../src/store/store.ts'
import { thrownBy } from '../core/thrown-by.ts'

const MiB = 1_048_576
class SampleJob {
  process(): void {}
}

function create(own: object, args: readonly unknown[] | undefined, options?: JobOptions) {
  const entry = (allow as (target: unknown, methods: object) => Allowed)(SampleJob, { process: own })
  return createNewJob(Registry.from([entry]).resolve('SampleJob', 'process'), args, options, MiB)
}
const created = (own: object, options?: JobOptions) => create(own, [], options) as NewJob

describe('createNewJob', () => {
  test('is not a promise, and has what the handler says', () => {
    const own = { retries: 5, priority: 'low', queue: 'mail', tags: ['a'], expiresIn: '1m', timeout: 3, backoff: '1s' }
    const job = create(own, [{ data: 'x' }])
    expect(job).not.toBeInstanceOf(Promise)
    expect(job).toEqual({
      id: expect.toSatisfy(isId),
      class: 'SampleJob',
      method: 'process',
      args: '[{"data":"x"}]',
      queue: 'mail',
      priority: -10,
      due: { inMs: 0 },
      maxAttempts: 6,
      expiresInMs: 60_000,
      // Of the handler, wherever the job runs: only what a job sets itself is stored with it.
      policy: undefined,
      tags: ['a'],
      fresh: true,
    })
    expect(created({}, { id: newId() })).toMatchObject({ fresh: false })
    expect(created({}, {})).toMatchObject({ maxAttempts: 4, priority: 0, queue: 'default', due: { inMs: 0 } })
    expect((create({}, undefined) as NewJob).args).toBe('[]')
  })

  test('makes a key of what has to be unique: the arguments, or a text; of this method alone', () => {
    const keyOf = (own: object, args: readonly unknown[] = [], options?: JobOptions) =>
      (create(own, args, options) as NewJob).unique
    const of = (unique: Unique, args?: readonly unknown[]) => keyOf({}, args, { unique })
    expect(keyOf({})).toBeUndefined()
    expect(of(false)).toBeUndefined()
    expect(of(true, [1])).toEqual({ hash: expect.stringMatching(/^[0-9a-f]{64}$/), forMs: undefined })
    expect(of(true, [1])).toEqual(of(true, [1]))
    expect(of(true, [1])).not.toEqual(of(true, [2]))
    expect(of('x', [1])).toEqual(of({ key: 'x' }, [2]))
    expect(of('[1]', [1])).not.toEqual(of(true, [1]))
    expect(of({ for: '10m' })).toEqual({ ...of(true), forMs: 600_000 })
    // The handler's own, unless the job says otherwise.
    expect(keyOf({ unique: 'x' })).toEqual(of('x'))
    expect(keyOf({ unique: 'x' }, [], { priority: 1 })).toEqual(of('x'))
    expect(keyOf({ unique: 'x' }, [], { unique: true })).toEqual(of(true))
    expect(keyOf({ unique: 'x' }, [], { unique: false })).toBeUndefined()
    for (const wrong of ['', 'x'.repeat(1_001), 5, null, { kez: 'x' }, { key: 5 }, { for: 0 }, { for: 'soon' }]) {
      expect(thrownBy(() => of(wrong as never))).toMatchObject({ code: 'OPTION_INVALID' })
    }
  })

  test('puts what the job says over it', () => {
    const id = newId()
    const job = created(
      { retries: 5, priority: 'low', queue: 'mail', tags: ['a'] },
      {
        id,
        retries: 0,
        priority: 7,
        queue: 'urgent',
        tags: ['b', 'a'],
        delay: '5m',
        timeout: '10s',
        backoff: ['1s', 2],
        onCrash: 'fail',
        expiresIn: 9,
      },
    )
    expect(job).toMatchObject({
      id,
      maxAttempts: 1,
      priority: 7,
      queue: 'urgent',
      tags: ['a', 'b'],
      due: { inMs: 300_000 },
      expiresInMs: 9_000,
    })
    expect(JSON.parse(job.policy as string)).toEqual({ timeoutMs: 10_000, backoff: ['1s', 2], onCrash: 'fail' })
  })

  test('options that are undefined count as not given', () => {
    expect(created({ retries: 5 }, { retries: undefined, delay: undefined } as never)).toMatchObject({ maxAttempts: 6 })
  })

  test('a Date is a moment', () => {
    const at = Date.now() + 5_000
    expect(created({}, { delay: new Date(at) }).due).toEqual({ at })
    expect(created({}, { delay: new Date(0) }).due).toEqual({ at: 0 })
  })

  test.each<[unknown, string]>([
    [{ delay: -1 }, 'delay is -1: a time span cannot be negative'],
    [{ delay: Number.NaN }, 'delay is NaN'],
    [{ delay: 1e308 }, 'delay is 1e+308: the longest time span is 100 years'],
    [{ delay: 'tomorrow' }, 'delay is "tomorrow"'],
    [{ delay: new Date('tomorrow') }, 'delay is an invalid Date'],
    [{ delay: new Date(8e15) }, 'use a moment within the next 100 years'],
    [{ delay: {} }, 'delay is an object'],
    [{ delay: null }, 'delay is null'],
    [{ retries: -1 }, 'retries is -1: use an integer from 0 to 1000'],
    [{ retries: 1.5 }, 'retries is 1.5'],
    [{ retries: Number.NaN }, 'retries is NaN'],
    [{ retries: 1e308 }, 'retries is 1e+308'],
    [{ priority: 1e308 }, 'priority is 1e+308'],
    [{ priority: 'urgent' }, "priority is \"urgent\": use 'high', 'medium', 'low'"],
    [{ timeout: 0 }, 'timeout is 0'],
    [{ timeout: -5 }, 'timeout is -5'],
    [{ timeout: Number.NaN }, 'timeout is NaN'],
    [{ expiresIn: 'soon' }, 'expiresIn is "soon"'],
    [{ backoff: () => 1 }, 'backoff is a function, which cannot be stored: set it in allow'],
    [{ backoff: [] }, 'name at least one delay'],
    [{ onCrash: 'retri' }, 'did you mean retry?'],
    [{ queue: 'all' }, "'all' means every queue"],
    [{ tags: [3] }, 'tags[0] is 3'],
    [{ id: 'my-id' }, 'id is "my-id": use newId()'],
    [{ id: '0193F3A1-0000-7000-8000-000000000000' }, 'id is'],
    [{ retires: 3 }, 'there is no option "retires"; did you mean retries?'],
    [{ policy: 'x' }, 'policy is "x": use a function'],
    [{ policy: () => undefined }, 'policy returned undefined'],
    [{ policy: () => ({ delay: -1, retries: 1 }) }, 'the delay that policy returned is -1'],
    [{ policy: () => ({ delay: 1, retries: 0.5 }) }, 'the retries that policy returned is 0.5'],
    [[], 'the options are a list'],
    [3, 'the options are 3'],
  ])('refuses %o', (options, message) => {
    const error = thrownBy(() => created({}, options as JobOptions))
    expect(error).toMatchObject({ code: 'OPTION_INVALID' })
    expect((error as Error).message).toContain(message)
    expect((error as Error).message).toMatch(/^.{1,250}$/)
  })
})

describe('a policy', () => {
  test('of the job or of the handler computes its delay and its retries', () => {
    const own = { delay: 10, retries: 2, priority: 'high' } as const
    const weighted = { due: { inMs: 8_000 }, maxAttempts: 4 }
    expect(created({}, { ...own, policy: priorityWeighted })).toMatchObject(weighted)
    expect(created({ policy: priorityWeighted }, own)).toMatchObject(weighted)
    expect(created({ policy: priorityWeighted, retries: 3, priority: 'low' })).toMatchObject({
      due: { inMs: 3_000 },
      maxAttempts: 3,
    })
  })

  test('sees a Date as the delay until then', () => {
    const seen: number[] = []
    const policy = ({ delay, retries }: { delay: number; retries: number }) => {
      seen.push(delay)
      return { delay, retries }
    }
    created({}, { delay: new Date(Date.now() + 60_000), policy })
    expect(seen[0]).toBeGreaterThan(59)
    expect(seen[0]).toBeLessThanOrEqual(60)
  })
})

describe('a schema', () => {
  const sync = { args: z.tuple([z.object({ data: z.string() }), z.number().default(1)]) }
  const refined = z.string().refine(async (text) => text !== 'taken', 'is taken')

  test('that is synchronous keeps the call synchronous', () => {
    expect(create(sync, [{ data: 'x' }, 2])).toMatchObject({ args: '[{"data":"x"},2]' })
    expect(create({ args: valibot.tuple([valibot.string()]) }, ['x'])).toMatchObject({ args: '["x"]' })
  })

  test('stores what was given, not what it makes of it: it is applied again before the method runs', () => {
    const args = z.tuple([z.string().transform((text) => text.length)])
    expect(create({ args }, ['four'])).toMatchObject({ args: '["four"]' })
  })

  test('sees what will come back from the database', () => {
    const when = new Date(0)
    expect(create({ args: z.tuple([z.coerce.date()]) }, [when])).toMatchObject({ args: `["${when.toISOString()}"]` })
    expect(() => create({ args: z.tuple([z.date()]) }, [when])).toThrow('SampleJob.process refuses args[0]')
  })

  test('refuses with the place and the reason, on one line', () => {
    const error = thrownBy(() => create(sync, [{ data: 1 }, 'x']))
    expect(error).toMatchObject({ code: 'ARGS_INVALID' })
    expect((error as Error).message).toMatch(/^SampleJob\.process refuses args\[0\]\.data: .* \(and 1 more\)$/)
    expect(() => create({ args: valibot.tuple([valibot.array(valibot.string())]) }, [['a', 1]])).toThrow('args[0][1]: ')
  })

  test('may be asynchronous', async () => {
    const own = { args: z.tuple([refined]) }
    await expect(create(own, ['free'])).resolves.toMatchObject({ args: '["free"]' })
    await expect(create(own, ['taken'])).rejects.toMatchObject({
      code: 'ARGS_INVALID',
      message: 'SampleJob.process refuses args[0]: is taken',
    })
  })
})
