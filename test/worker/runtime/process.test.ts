import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createProcessRuntime } from '../../../src/worker/runtime/process.ts'
import type { Runtime } from '../../../src/worker/runtime/runtime.ts'
import { childOptions, configPath, isAlive, resultOf, start, until } from './start.ts'

const folder = mkdtempSync(join(tmpdir(), 'offstage-process-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let runtime: Runtime
beforeAll(() => {
  runtime = createProcessRuntime(childOptions({ size: 2 }))
})
afterAll(() => runtime.close())

describe('a crash is that of its attempt alone', () => {
  let bystander: ReturnType<typeof start>
  beforeAll(async () => {
    bystander = start(runtime, 'Work.obey')
    await bystander.logged('ready')
  })
  afterAll(async () => {
    bystander.stop('released', 20_000)
    expect(await bystander.outcome).toEqual({ kind: 'released' })
  })

  test.for([
    ['exit', [0], { message: 'the process exited with code 0 while the job ran', code: 'EXIT_0' }],
    ['exit', [3], { message: 'the process exited with code 3 while the job ran', code: 'EXIT_3' }],
    ['abort', [], { message: 'the process was ended by SIGABRT while the job ran', code: 'SIGABRT' }],
    ['segfault', [], { message: 'the process was ended by SIGSEGV while the job ran', code: 'SIGSEGV' }],
    [
      'uncaught',
      [],
      {
        message: 'uncaught RangeError: thrown in a timer',
        code: 'UNCAUGHT',
        stack: expect.stringContaining('jobs.ts'),
        cause: { name: 'RangeError', stack: expect.stringContaining('jobs.ts') },
      },
    ],
    ['unhandled', [], { message: 'uncaught RangeError: nobody waits', code: 'UNCAUGHT' }],
    ['complain', [], { code: 'EXIT_9', stack: expect.stringContaining('last words') }],
  ] as const)('%s %j', async ([method, args, error]) => {
    expect(await start(runtime, `Crash.${method}`, [...args]).outcome).toMatchObject({
      kind: 'crashed',
      error: { name: 'CrashError', ...error },
    })
    expect(await resultOf(runtime, 'Work.echo', [1])).toEqual([1])
  })

  test('a full JavaScript heap', async () => {
    vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=48')
    const small = createProcessRuntime(childOptions())
    try {
      expect(await start(small, 'Crash.outOfMemory').outcome).toMatchObject({
        kind: 'crashed',
        error: { message: expect.stringContaining('ran out of memory'), code: 'OUT_OF_MEMORY' },
      })
      expect(await resultOf(small, 'Work.echo', [1])).toEqual([1])
    } finally {
      vi.unstubAllEnvs()
      await small.close()
    }
  })
})

test('a deaf endless loop is killed after the grace', async () => {
  const file = join(folder, 'alive')
  const job = start(runtime, 'Work.deafLoop', [file])
  const pid = Number((await job.logged('ready ')).slice(6))
  await until(() => existsSync(file), 'the loop to run')
  job.stop('cancelled', 50)
  expect(await job.outcome).toEqual({ kind: 'cancelled' })
  expect(isAlive(pid)).toBe(false)
})

test('what a job has started is killed with it', async () => {
  const job = start(runtime, 'Heavy.withChild')
  const pid = Number(await job.logged(''))
  expect(isAlive(pid)).toBe(true)
  job.stop('timed_out', 0)
  expect(await job.outcome).toMatchObject({ kind: 'timed_out' })
  await until(() => !isAlive(pid), 'the grandchild to be gone')
})

describe('kill -9 of the worker ends its children at once', () => {
  async function killed(config: string, file: string): Promise<void> {
    const parent = spawn(process.execPath, [
      fileURLToPath(new URL('fixtures/parent.ts', import.meta.url)),
      config,
      file,
    ])
    // Written again and again, so that it may be empty at times: what was read once has to do.
    let pid = 0
    await until(() => {
      pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
      return pid > 0
    }, 'the endless loop')
    expect(isAlive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await until(() => !isAlive(pid), 'the child to be gone')
  }

  test('in an endless loop', () => killed(configPath, join(folder, 'orphan')))

  test('in a config module that never ends', async () => {
    const config = join(folder, 'endless.ts')
    const file = join(folder, 'loading')
    const script = `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(file)}, String(process.pid))\n`
    writeFileSync(config, `${script}for (;;);\n`)
    await killed(config, file)
  })
})

test('signals to the whole family leave the decision to the worker', async () => {
  const job = start(runtime, 'Work.obey')
  await job.logged('ready')
  const pid = await resultOf(runtime, 'Work.pid')
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(pid as number, signal)
  expect(await resultOf(runtime, 'Work.pid')).toBe(pid)
  job.stop('released', 20_000)
  expect(await job.outcome).toEqual({ kind: 'released' })
})

test('a child is replaced after maxJobsPerChild attempts', async () => {
  const own = createProcessRuntime(childOptions())
  const pids: unknown[] = []
  for (let i = 0; i < 7; i++) pids.push(await resultOf(own, 'Work.pid'))
  expect(pids.map((pid) => pids.indexOf(pid))).toEqual([0, 0, 0, 3, 3, 3, 6])
  await until(() => !isAlive(pids[0] as number), 'the first child to be gone')
  await own.close()
  expect(isAlive(pids[6] as number)).toBe(false)
})

test('a child over its memory limit is replaced after the attempt', async () => {
  // On a slow machine it would be looked at while the attempt runs, and ended: no such look comes here.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const own = createProcessRuntime(childOptions())
  try {
    const first = await resultOf(own, 'Heavy.keep', [1])
    expect(await resultOf(own, 'Heavy.keep', [160])).toBe(first)
    expect(await resultOf(own, 'Heavy.keep', [1])).not.toBe(first)
    await own.close()
  } finally {
    vi.useRealTimers()
  }
})

test.for(['grow', 'growInALoop'])('an attempt that grows over its memory limit is ended: %s', async (method) => {
  expect(await start(runtime, `Heavy.${method}`).outcome).toMatchObject({
    kind: 'crashed',
    error: { message: expect.stringContaining('over its memory limit of 150 MiB'), code: 'MEMORY_LIMIT' },
  })
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
  const raw = start(runtime, 'Work.writeToDescriptor')
  await raw.logged('straight to fd 1')
  expect(raw.logs).toContain('info straight to fd 1')
  raw.stop('released', 20_000)
  await raw.outcome
})

test("Node's own messages between processes are not ours: a job can neither send nor read any", async () => {
  expect(await resultOf(runtime, 'Work.useNodeIpc')).toBe('undefined')
  expect(await resultOf(runtime, 'Work.echo', ['next'])).toEqual(['next'])
})

test('a job that writes into the channel is a crash of its own', async () => {
  expect(await start(runtime, 'Crash.scribble').outcome).toMatchObject({
    kind: 'crashed',
    error: { message: expect.stringContaining('fd 3') },
  })
})

test('children that are idle for long end, all but one', async () => {
  const own = createProcessRuntime(childOptions({ size: 2, idleMs: 40 }))
  const both = [start(own, 'Work.obey'), start(own, 'Work.obey')]
  const pids = await Promise.all(both.map(async (job) => Number((await job.logged('ready ')).slice(6))))
  for (const job of both) job.stop('released', 20_000)
  for (const job of both) await job.outcome
  const first = (await resultOf(own, 'Work.pid')) as number
  // The pool always gives a job to the child that ran last, so the other one is the one that ends.
  const other = pids.find((pid) => pid !== first) as number
  await until(() => !isAlive(other), 'the idle child to be gone')
  expect(await resultOf(own, 'Work.pid')).toBe(first)
  await own.close()
})

test('attempts that must wait for a child run one after the other, and can be taken back', async () => {
  const own = createProcessRuntime(childOptions())
  const jobs = Array.from({ length: 20 }, (_, n) => start(own, 'Work.echo', [n]))
  const taken = start(own, 'Work.echo', ['never'])
  taken.stop('released', 1_000)
  expect(await taken.outcome).toEqual({ kind: 'released' })
  const results = await Promise.all(jobs.map(({ outcome }) => outcome))
  expect(results).toEqual(jobs.map((_, n) => ({ kind: 'completed', result: `[${n}]` })))
  await own.close()
})
