import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Outcome } from '../../../src/core/outcome.ts'
import type { ChildRuntimeOptions } from '../../../src/worker/runtime/child-pool.ts'
import type { Runtime, StopReason } from '../../../src/worker/runtime/runtime.ts'
import { registry } from './fixtures/offstage.config.ts'

export const configPath = fileURLToPath(new URL('fixtures/offstage.config.ts', import.meta.url))

/** What a runtime of children needs; a broken child fails the test unless it says otherwise. */
export function childOptions(options: Partial<ChildRuntimeOptions> = {}): ChildRuntimeOptions {
  return {
    configPath,
    registry,
    size: 1,
    onBroken: (error) => {
      throw error
    },
    ...options,
  }
}

export interface Started {
  outcome: Promise<Outcome>
  stop(reason: StopReason, graceMs: number): void
  /** `severity text`, as they came. */
  logs: string[]
  /** Fulfilled with the first log line that begins so. */
  logged(start: string): Promise<string>
  progress: unknown[]
}

/** Starts `'Class.method'` and records what it tells. */
export function start(runtime: Runtime, target: string, args: unknown[] | string = [], attempt = 1): Started {
  const [className = '', method = ''] = target.split('.')
  const logs: string[] = []
  const progress: unknown[] = []
  const awaited: (() => void)[] = []
  const input = {
    id: '0193a0b0-0000-7000-8000-000000000000',
    class: className,
    method,
    args: typeof args === 'string' ? args : JSON.stringify(args),
    attempt,
    maxAttempts: 4,
  }
  const running = runtime.start(input, {
    onLog: (severity, text) => {
      logs.push(`${severity} ${text}`)
      for (const check of awaited) check()
    },
    onProgress: (value) => progress.push(JSON.parse(value)),
  })
  return {
    outcome: Promise.resolve(running.outcome),
    stop: (reason, graceMs) => running.stop(reason, graceMs),
    logs,
    logged: (text) =>
      new Promise((resolve) => {
        const check = () => {
          const line = logs.map((each) => each.slice(each.indexOf(' ') + 1)).find((each) => each.startsWith(text))
          if (line !== undefined) resolve(line)
        }
        awaited.push(check)
        check()
      }),
    progress,
  }
}

/** The result of a job that completes. */
export async function resultOf(runtime: Runtime, target: string, args: unknown[] = []): Promise<unknown> {
  const outcome = await start(runtime, target, args).outcome
  if (outcome.kind !== 'completed') throw new Error(`${target} came out as ${JSON.stringify(outcome)}`)
  return outcome.result === undefined ? undefined : JSON.parse(outcome.result)
}

/** Waits until it is so. */
export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited 20 s in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** False once a process is gone, or dead and only not yet collected by whoever has adopted it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch (error) {
    // Where there is no /proc, the signal alone has to say it.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH' && !existsSync('/proc/self/status')
  }
}
