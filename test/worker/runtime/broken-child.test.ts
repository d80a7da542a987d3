import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { OffstageError } from '../../../src/core/errors.ts'
import { createProcessRuntime } from '../../../src/worker/runtime/process.ts'
import { createThreadRuntime } from '../../../src/worker/runtime/thread.ts'
import { childOptions, configPath, resultOf, start, until } from './start.ts'

const folder = mkdtempSync(join(tmpdir(), 'offstage-broken-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.for([
  ['process', createProcessRuntime],
  ['thread', createThreadRuntime],
] as const)('a %s that cannot load the config module', ([name, create]) => {
  test.for([
    ['throws', "throw new Error('no such luck')", 'CONFIG_BROKEN', /no such luck.*throws\.ts:1/],
    ['unusable', 'export const nothing = 1', 'CONFIG_INVALID', /exports no offstage/],
    ['exits', 'process.exit(7)', 'CONFIG_BROKEN', /exits\.ts.* exited with code 7/],
    ['slow', 'await new Promise(() => setInterval(() => {}, 1000))', 'CONFIG_BROKEN', /had not done so after 1\.5 s/],
  ] as const)('%s: says so, and gives the attempts back', async ([what, source, code, message]) => {
    const file = join(folder, `${name}-${what}.ts`)
    writeFileSync(file, source)
    const errors: OffstageError[] = []
    const runtime = create(
      childOptions({
        configPath: file,
        size: 2,
        startMs: what === 'slow' ? 1_500 : 20_000,
        onBroken: (error) => errors.push(error),
      }),
    )
    const jobs = [1, 2, 3].map(() => start(runtime, 'Work.nothing'))
    for (const job of jobs) expect(await job.outcome).toEqual({ kind: 'released' })
    expect(errors.length).toBeGreaterThan(0)
    expect(errors[0]?.code).toBe(code)
    expect(errors[0]?.message).toMatch(message)
    await runtime.close()
  })

  test('is tried again, and works once the module does', async () => {
    const file = join(folder, `${name}-mended.ts`)
    writeFileSync(file, 'export const = 1')
    let broken = 0
    const runtime = create(childOptions({ configPath: file, onBroken: () => (broken += 1) }))
    expect(await start(runtime, 'Work.nothing').outcome).toEqual({ kind: 'released' })
    writeFileSync(file, `export { default } from ${JSON.stringify(configPath)}`)
    let result: unknown
    await until(() => {
      void start(runtime, 'Work.echo', ['mended']).outcome.then((outcome) => {
        if (outcome.kind === 'completed') result = outcome.result
      })
      return result !== undefined
    }, 'the mended module')
    expect(result).toBe('["mended"]')
    expect(broken).toBe(1)
    expect(await resultOf(runtime, 'Work.echo', ['again'])).toEqual(['again'])
    await runtime.close()
  })
})

test('what a config module prints goes to onOutput, not into the log of a job', async () => {
  const file = join(folder, 'prints.ts')
  writeFileSync(file, `console.log('loading')\nexport { default } from ${JSON.stringify(configPath)}`)
  const lines: string[] = []
  const runtime = createProcessRuntime(
    childOptions({ configPath: file, onOutput: (severity, line) => lines.push(`${severity} ${line}`) }),
  )
  const job = start(runtime, 'Work.nothing')
  await job.outcome
  await until(() => lines.length > 0, 'the line')
  expect(lines).toEqual(['info loading'])
  expect(job.logs).toEqual([])
  await runtime.close()
})
