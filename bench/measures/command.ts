import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Isolation } from '../../dist/index.js'
import { defineApp, environment } from '../app/app.ts'
import { fill } from '../app/fill.ts'
import { Mark } from '../app/jobs.ts'
import { type Context, type Figures, type Measure, scaled } from '../measure.ts'

export default {
  title: '`offstage work` as it is typed: its memory over 1,000,000 jobs, its time to the first job',
  sides: ['memory', 'inline', 'process'],
} satisfies Measure

const COMMAND = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const JOBS = 1_000_000

function work(options: { folder: string; isolation?: Isolation }, ...flags: string[]): ChildProcess {
  const env = { ...process.env, ...environment(options) }
  return spawn(process.execPath, [COMMAND, 'work', ...flags], { env, cwd: options.folder, stdio: 'ignore' })
}

/** The most memory that its process ever had resident, in MiB, as Linux counts it. */
export async function memory({ folder, scale }: Context): Promise<Figures> {
  const jobs = scaled(JOBS, scale)
  await fill(folder, jobs)
  const beganAt = performance.now()
  const child = work({ folder }, '--drain')
  let most = 0
  while (child.exitCode === null) {
    most = Math.max(most, peakMemory(child.pid as number))
    await sleep(20)
  }
  const seconds = (performance.now() - beganAt) / 1_000
  const app = defineApp({ folder })
  const completed = await app.jobs.count({ status: 'completed' })
  await app.close()
  if (completed !== jobs) throw new Error(`${completed} of ${jobs} jobs were completed`)
  return { mib: most, seconds }
}

function peakMemory(pid: number): number {
  try {
    const [, kib = '0'] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return Number(kib) / 1024
  } catch {
    return 0
  }
}

async function inlineStart(context: Context): Promise<Figures> {
  return { ms: await timeToFirstJob(context, 'inline') }
}

async function processStart(context: Context): Promise<Figures> {
  return { ms: await timeToFirstJob(context, 'process') }
}

export { inlineStart as inline, processStart as process }

/** Milliseconds from the spawn to the first line of a job that was waiting. */
async function timeToFirstJob({ folder }: Context, isolation: Isolation): Promise<number> {
  const mark = `${folder}/started`
  const app = defineApp({ folder, isolation })
  await app.runBackgroundJob(Mark, 'run', [mark])
  await app.close()
  const beganAt = process.hrtime.bigint()
  const child = work({ folder, isolation })
  while (!existsSync(mark) || readFileSync(mark, 'latin1') === '') {
    if (child.exitCode !== null) throw new Error(`offstage work ended with ${child.exitCode}`)
    await sleep(5)
  }
  child.kill('SIGTERM')
  await once(child, 'exit')
  return Number(BigInt(readFileSync(mark, 'latin1')) - beganAt) / 1e6
}
