import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newcomer, tarball } from '../support/packed.ts'

/** The shortest way in, as somebody types it who has Node and an empty folder. */
let folder = ''
let app = ''
const children = new Set<ChildProcess>()
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'offstage-journey-'))
  app = join(folder, 'app')
  mkdirSync(app)
})
afterAll(() => {
  for (const { pid } of children) if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** A line as it is typed. Nothing can be asked: there is nobody at stdin. */
function type(line: string) {
  const began = performance.now()
  const child = spawn('sh', ['-c', line], {
    cwd: app,
    env: newcomer(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  let output = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const listener of listeners) listener()
    })
  }
  const ended = once(child, 'close').then(([code]) => {
    children.delete(child)
    return { code, output, ms: performance.now() - began }
  })
  const said = (text: string) =>
    new Promise<number>((resolve, reject) => {
      const look = () => output.includes(text) && resolve(performance.now() - began)
      listeners.add(look)
      void ended.then((end) => reject(new Error(`ended without saying ${text}: ${JSON.stringify(end)}`)))
      look()
    })
  return { child, ended, said }
}

test('from an empty folder to a job that completed: four commands, under a minute, nothing asked', {
  timeout: 120_000,
}, async () => {
  const began = performance.now()
  const install = await type(`npm install ${tarball()}`).ended
  expect(install, install.output).toMatchObject({ code: 0 })

  // Whoever forgets a step is told it.
  const early = await type(`npx offstage run SampleJob process '["hello"]' --wait`).ended
  expect(early.code).toBe(2)
  expect(early.output).toMatch(/^offstage: [^\n]+ run `npx offstage init`[^\n]*\n$/)
  const notYours = early.ms

  const init = await type('npx offstage init').ended
  expect(init, init.output).toMatchObject({ code: 0 })
  // What it says to type next is what is typed next.
  const next = init.output
    .split('Next\n')[1]
    ?.trim()
    .split(/\n/)
    .map((line) => line.replace(/ {2,}#.*/, '').trim())
  expect(next).toEqual(['npx offstage start', `npx offstage run SampleJob process '["hello"]' --wait`])

  const start = type('exec npx offstage start')
  const startMs = await start.said('started')
  const run = await type(`npx offstage run SampleJob process '["hello"]' --wait`).ended
  expect(run, run.output).toMatchObject({ code: 0 })
  expect(run.output).toMatch(/completed in .+\n"processed hello"\n$/)
  const total = performance.now() - began - notYours
  expect(total).toBeLessThan(60_000)

  // The worker's own lines, for whoever looks there; no warning of Node among them.
  process.kill(-(start.child.pid ?? 0), 'SIGINT')
  const { output } = await start.ended
  expect(output).toContain('completed   SampleJob.process')
  expect(output).not.toMatch(/warning/i)
  expect(readdirSync(app).sort()).toEqual(
    expect.arrayContaining(['.env', 'jobs', 'logs', 'offstage.config.ts', 'offstage.db', 'package.json']),
  )
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
  console.log(
    `install ${seconds(install.ms)}, init ${seconds(init.ms)}, start ${seconds(startMs)}, run ${seconds(run.ms)}: ` +
      `${seconds(total)} in all`,
  )
})

test('a mistake on the way says what to type next', { timeout: 60_000 }, async () => {
  const wrong = [
    [`npx offstage run SampelJob process '["hello"]'`, /did you mean SampleJob\?/],
    [`npx offstage run SampleJob proces '["hello"]'`, /did you mean process\?/],
    ['npx offstage strat', /did you mean start\?/],
    ['npx offstage run SampleJob process [hello', /quote them for the shell/],
    [`npx offstage jobs show 0000`, /see `offstage jobs list`/],
  ] as const
  for (const [line, remedy] of wrong) {
    const { code, output } = await type(line).ended
    expect(code).not.toBe(0)
    expect(output).toMatch(remedy)
    expect(output).toMatch(/^offstage: [^\n]+\n$/)
  }
  // Nobody works: said at once, with what to do.
  const waiting = type(`npx offstage run SampleJob process '["hello"]' --wait`)
  await waiting.said('run `offstage work` in another terminal')
  process.kill(-(waiting.child.pid ?? 0), 'SIGINT')
  expect((await waiting.ended).code).not.toBe(0)
})
