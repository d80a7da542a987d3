import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

type Truthy<Value> = Exclude<Value, false | undefined | null | '' | 0>

/** Waits until `look` gives something that is true, and returns it. What it throws is a "not yet" too. */
export async function until<Value>(
  what: string,
  look: () => Value | Promise<Value>,
  timeoutMs = 45_000,
): Promise<Truthy<Value>> {
  const deadline = performance.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      last = await look()
      if (last) return last as Truthy<Value>
    } catch (error) {
      last = error
    }
    if (performance.now() > deadline)
      throw new Error(`not within ${timeoutMs} ms: ${what} (last seen: ${String(last)})`)
    await pause(20)
  }
}

/** True while there is such a process; one that has ended and was not waited for yet is gone too. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  return !isZombie(pid)
}

function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
