import { expect, test } from 'vitest'
import { currentJob } from '../../../src/worker/entry/current-job.ts'
import { createInlineRuntime } from '../../../src/worker/runtime/inline.ts'
import { registry } from './fixtures/offstage.config.ts'
import { start } from './start.ts'

const runtime = createInlineRuntime({ registry })
const input = { id: 'x', class: 'Work', args: '[]', attempt: 1, maxAttempts: 1 }
const hooks = { onLog() {}, onProgress() {} }

test('a job that is done at once has its outcome at once', () => {
  expect(runtime.start({ ...input, method: 'nothing' }, hooks).outcome).toEqual({ kind: 'completed' })
  expect(runtime.start({ ...input, method: 'nothingAsync' }, hooks).outcome).toBeInstanceOf(Promise)
})

test('jobs run side by side, each with a log of its own', async () => {
  const jobs = Array.from({ length: 50 }, () => start(runtime, 'Work.talk'))
  for (const job of jobs) {
    await job.outcome
    expect(job.logs.filter((line) => line === 'info one two')).toHaveLength(1)
  }
})

test('outside of a job there is no current job', () => {
  expect(() => currentJob()).toThrow(expect.objectContaining({ code: 'NOT_IN_A_JOB' }))
})

test('the signal that a job asks for after it was stopped is aborted already', async () => {
  const job = start(runtime, 'Work.obeyLate')
  await job.logged('ready')
  job.stop('cancelled', 20_000)
  expect(await job.outcome).toEqual({ kind: 'cancelled' })
  expect(job.logs.at(-1)).toBe('info AbortError: the job was cancelled')
})

test('a cancelled job that fails on its way out is cancelled, and keeps its error', async () => {
  const job = start(runtime, 'Work.failLate')
  await job.logged('ready')
  job.stop('cancelled', 20_000)
  expect(await job.outcome).toMatchObject({ kind: 'cancelled', error: { message: 'cleaning up failed' } })
})

test('a stop during the check of the arguments or the making of the instance is heard', async () => {
  const job = start(runtime, 'Work.args', [1])
  job.stop('released', 20_000)
  expect(await job.outcome).toEqual({ kind: 'released' })
})
