import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Runtime } from '../../../src/worker/runtime/runtime.ts'
import { createThreadRuntime } from '../../../src/worker/runtime/thread.ts'
import { childOptions, resultOf, start, until } from './start.ts'

const folder = mkdtempSync(join(tmpdir(), 'offstage-thread-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let runtime: Runtime
beforeAll(() => {
  runtime = createThreadRuntime(childOptions({ size: 2 }))
})
afterAll(() => runtime.close())

test.for([
  ['exit', [0], { message: 'the thread exited with code 0 while the job ran', code: 'EXIT_0' }],
  ['exit', [3], { message: 'the thread exited with code 3 while the job ran', code: 'EXIT_3' }],
  [
    'uncaught',
    [],
    { message: 'uncaught RangeError: thrown in a timer', code: 'UNCAUGHT', stack: expect.stringContaining('jobs.ts') },
  ],
  ['unhandled', [], { message: 'uncaught RangeError: nobody waits', code: 'UNCAUGHT' }],
] as const)('a crash is that of its attempt alone: %s %j', async ([method, args, error]) => {
  const bystander = start(runtime, 'Work.obey')
  await bystander.logged('ready')
  expect(await start(runtime, `Crash.${method}`, [...args]).outcome).toMatchObject({
    kind: 'crashed',
    error: { name: 'CrashError', ...error },
  })
  expect(await resultOf(runtime, 'Work.echo', [1])).toEqual([1])
  bystander.stop('released', 20_000)
  expect(await bystander.outcome).toEqual({ kind: 'released' })
})

test('a thread over its memory limit is a crash, and leaves the others alone', async () => {
  expect(await start(runtime, 'Heavy.fillHeap').outcome).toMatchObject({
    kind: 'crashed',
    error: { message: 'the thread was over its memory limit of 64 MiB while the job ran', code: 'MEMORY_LIMIT' },
  })
  expect(await resultOf(runtime, 'Work.echo', [1])).toEqual([1])
})

test('a deaf endless loop is really gone after the grace', async () => {
  const file = join(folder, 'alive')
  const job = start(runtime, 'Work.deafLoop', [file])
  await until(() => existsSync(file), 'the loop to run')
  job.stop('timed_out', 50)
  expect(await job.outcome).toMatchObject({ kind: 'timed_out' })
  rmSync(file)
  // The loop wrote the file thousands of times a second.
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(existsSync(file)).toBe(false)
})

test('threads of different memory limits share the room', async () => {
  const own = createThreadRuntime(childOptions({ size: 1 }))
  for (let i = 0; i < 2; i++) {
    expect(await resultOf(own, 'Work.echo', [i])).toEqual([i])
    expect(await resultOf(own, 'Heavy.keep', [1])).toBe(process.pid)
  }
  const jobs = ['Work.echo', 'Heavy.keep', 'Work.echo', 'Heavy.keep'].map((target) => start(own, target, [1]).outcome)
  expect((await Promise.all(jobs)).map(({ kind }) => kind)).toEqual(Array(4).fill('completed'))
  await own.close()
})

test('a line that is written in very many pieces is one line, cut off, and takes no longer than they do', async () => {
  const job = start(runtime, 'Work.writeInPieces', [50_000])
  expect(await job.outcome).toEqual({ kind: 'completed' })
  const long = 64 * 1024
  expect(job.logs).toEqual([`info ${'.'.repeat(long)}… (cut off)`, `error ${'!'.repeat(long)}… (cut off)`])
}, 20_000)

test('what is written straight to stdout and stderr becomes log lines', async () => {
  const job = start(runtime, 'Work.write')
  expect(await job.outcome).toEqual({ kind: 'completed' })
  expect(job.logs).toEqual(['info half line', 'error bad – €', 'info next'])
})

test('a thread has an environment of its own', async () => {
  expect(await resultOf(runtime, 'Work.setEnv', ['OFFSTAGE_TEST_LEAK'])).toBe('set')
  expect(process.env.OFFSTAGE_TEST_LEAK).toBeUndefined()
})
