import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createInlineRuntime } from '../../../src/worker/runtime/inline.ts'
import { createProcessRuntime } from '../../../src/worker/runtime/process.ts'
import type { Runtime } from '../../../src/worker/runtime/runtime.ts'
import { createThreadRuntime } from '../../../src/worker/runtime/thread.ts'
import { registry } from './fixtures/offstage.config.ts'
import { childOptions, resultOf, start } from './start.ts'

describe.for([
  ['inline', () => createInlineRuntime({ registry })],
  ['process', () => createProcessRuntime(childOptions())],
  ['thread', () => createThreadRuntime(childOptions())],
] as const)('in every runtime: %s', ([name, create]) => {
  let runtime: Runtime
  beforeAll(() => {
    runtime = create()
  })
  afterAll(() => runtime.close())

  test('arguments arrive as they were, and the result comes back', async () => {
    const args = [1, 'é\n"\u2028', null, { deep: [true, { x: 'y' }] }, 'ü'.repeat(100_000)]
    expect(await resultOf(runtime, 'Work.echo', args)).toEqual(args)
    expect(await resultOf(runtime, 'Work.nothing')).toBeUndefined()
    expect(await resultOf(runtime, 'Work.nothingAsync')).toBeUndefined()
    expect(await resultOf(runtime, 'Work.returns', ['null'])).toBeNull()
  })

  test('white space in stored arguments does no harm', async () => {
    expect(await start(runtime, 'Work.echo', '[\n  1,\r\n  "a"\n]').outcome).toEqual({
      kind: 'completed',
      result: '[1,"a"]',
    })
  })

  test('each attempt gets an instance of its own, or what `create` makes', async () => {
    expect(await resultOf(runtime, 'Work.fresh')).toBe(1)
    expect(await resultOf(runtime, 'Work.fresh')).toBe(1)
    expect(await resultOf(runtime, 'Work.created')).toBe(42)
  })

  test('a job knows who it is, also after waiting', async () => {
    const { outcome } = start(runtime, 'Work.context', [], 3)
    expect(JSON.parse(((await outcome) as { result: string }).result)).toEqual({
      id: '0193a0b0-0000-7000-8000-000000000000',
      attempt: 3,
      maxAttempts: 4,
    })
  })

  test('log and console become the log of the attempt, with their severity', async () => {
    const job = start(runtime, 'Work.talk')
    expect(await job.outcome).toEqual({ kind: 'completed' })
    const [table] = job.logs.filter((line) => line.includes('┌'))
    expect(job.logs).toEqual([
      'info plain { a: 1 }',
      'debug fine',
      'warning careful',
      'info one two',
      'info info',
      'warning warn',
      'error error',
      'debug debug',
      'info { b: 2 }',
      table,
      'warning progress() was ignored: function is no JSON value',
      'warning progress() was ignored: it is over 1 MiB of JSON',
    ])
    expect(job.progress).toEqual([{ done: 1 }])
  })

  test.for([
    ['bigint', /BigInt/],
    ['function', /a function is no JSON value/],
    ['big', /over 1 MiB/],
  ] as const)('a result that cannot be kept (%s) completes the job with a warning', async ([what, reason]) => {
    const job = start(runtime, 'Work.returns', [what])
    expect(await job.outcome).toEqual({ kind: 'completed' })
    expect(job.logs).toHaveLength(1)
    expect(job.logs[0]).toMatch(/^warning the job's result was not kept/)
    expect(job.logs[0]).toMatch(reason)
  })

  test('what is not allowed does not run and is not retried', async () => {
    for (const target of ['Work.nothin', 'Wrk.nothing', 'Work.constructor', '../jobs.nothing']) {
      expect(await start(runtime, target).outcome, target).toMatchObject({
        kind: 'failed',
        retry: false,
        unstarted: true,
        error: { code: 'HANDLER_UNKNOWN' },
      })
    }
  })

  test('arguments are checked by the schema, and the method gets what the schema gives', async () => {
    expect(await resultOf(runtime, 'Work.args', [4])).toBe(41)
    expect(await start(runtime, 'Work.args', ['four']).outcome).toMatchObject({
      kind: 'failed',
      retry: false,
      unstarted: true,
      error: { code: 'ARGS_INVALID', message: expect.stringContaining('0: not a number') },
    })
  })

  test.for(['{"a":1}', '[1', ''])('stored arguments that are no list (%s) are refused', async (args) => {
    expect(await start(runtime, 'Work.echo', args).outcome).toMatchObject({
      kind: 'failed',
      retry: false,
      unstarted: true,
      error: { code: 'ARGS_INVALID' },
    })
  })

  test('what is thrown becomes a failure, with its causes', async () => {
    expect(await start(runtime, 'Throw.plain').outcome).toMatchObject({
      kind: 'failed',
      retry: true,
      error: { name: 'Error', message: 'no luck', cause: { name: 'TypeError', message: 'deeper' } },
    })
    expect(await start(runtime, 'Throw.text').outcome).toMatchObject({
      kind: 'failed',
      retry: true,
      error: { message: 'just text' },
    })
  })

  test('FailJob is not retried, whichever copy of the package it is from', async () => {
    const failed = { kind: 'failed', retry: false, error: { name: 'FailJob', message: 'never again' } }
    expect(await start(runtime, 'Throw.fail').outcome).toMatchObject(failed)
    expect(await start(runtime, 'Throw.failFromAnotherCopy').outcome).toMatchObject(failed)
  })

  test('SnoozeJob snoozes; one without a proper delay is a failure', async () => {
    expect(await start(runtime, 'Throw.snooze').outcome).toEqual({ kind: 'snoozed', delayMs: 90_000 })
    expect(await start(runtime, 'Throw.snoozeWrongly').outcome).toMatchObject({
      kind: 'failed',
      error: { code: 'OPTION_INVALID' },
    })
  })

  test('retryIf and a backoff function are asked with the real error', async () => {
    expect(await start(runtime, 'Throw.final').outcome).toMatchObject({ kind: 'failed', retry: false })
    expect(await start(runtime, 'Throw.later', [], 2).outcome).toMatchObject({
      kind: 'failed',
      retry: true,
      retryInMs: 14_000,
    })
  })

  test.for([
    ['cancelled', { kind: 'cancelled' }],
    ['timed_out', { kind: 'timed_out', error: { name: 'TimeoutError' } }],
    ['released', { kind: 'released' }],
  ] as const)('code that obeys its signal comes out as %s', async ([reason, outcome]) => {
    for (const method of ['obey', 'obeyByReturning']) {
      const job = start(runtime, `Work.${method}`)
      await job.logged('ready')
      job.stop(reason, 20_000)
      expect(await job.outcome).toMatchObject(outcome)
    }
  })

  test('code that finishes in the grace without having looked at its signal is completed', async () => {
    const job = start(runtime, 'Work.finishAnyway')
    await job.logged('ready')
    job.stop('released', 20_000)
    expect(await job.outcome).toEqual({ kind: 'completed', result: '"done"' })
  })

  test('deaf code is given up after the grace; a second stop can only shorten it', async () => {
    const job = start(runtime, 'Work.deaf')
    await job.logged('ready')
    job.stop('timed_out', 600_000)
    job.stop('cancelled', 20)
    job.stop('cancelled', 600_000)
    expect(await job.outcome).toMatchObject({ kind: 'timed_out' })
    const told = job.logs.length
    expect(await resultOf(runtime, 'Work.context')).toBeDefined()
    if (name === 'inline') await new Promise((resolve) => setTimeout(resolve, 50))
    expect(job.logs.length).toBe(told)
  })
})

test('close gives back what still runs', async () => {
  for (const runtime of [
    createInlineRuntime({ registry }),
    createProcessRuntime(childOptions()),
    createThreadRuntime(childOptions()),
  ]) {
    const job = start(runtime, 'Work.deaf')
    await job.logged('ready')
    const waiting = start(runtime, 'Work.obey')
    await runtime.close()
    expect(await job.outcome).toEqual({ kind: 'released' })
    expect(await waiting.outcome).toEqual({ kind: 'released' })
  }
})
