import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** A line of JSON that `start --json` prints: an event's own fields, and its name. */
export interface ToldEvent {
  event: string
  id?: string
  attempt?: number
  state?: string
  write?: string
  workerId?: string
  time: string
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  /** All lines of stdout. */
  lines: string[]
  stderr: string
}

/** A process that a test has started, with everything that it says. */
export interface Spawned {
  child: ChildProcess
  pid: number
  /** The lines of stdout so far. */
  lines: string[]
  events: ToldEvent[]
  stderr(): string
  ended: Promise<Ended>
  /** Resolves with the first event that fits, told already or yet to come; rejects when the process ends without. */
  event(fits: (event: ToldEvent) => boolean): Promise<ToldEvent>
  /** Resolves when there are so many lines on stdout. */
  said(lines: number): Promise<void>
  /** Sends a signal, and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Ended>
}

export function spawned(child: ChildProcess): Spawned {
  const lines: string[] = []
  const events: ToldEvent[] = []
  const looks = new Set<() => void>()
  let stderr = ''
  ;(child.stderr as Readable).setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  createInterface({ input: child.stdout as Readable }).on('line', (line) => {
    lines.push(line)
    if (line.startsWith('{')) events.push(JSON.parse(line) as ToldEvent)
    for (const look of looks) look()
  })
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, lines, stderr }))
  })

  function waitFor<Found>(what: string, find: () => Found | undefined): Promise<Found> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find()
        if (found === undefined) return
        looks.delete(look)
        resolve(found)
      }
      looks.add(look)
      void ended.then(({ code, signal }) => {
        look()
        reject(new Error(`ended (${code ?? signal}) without ${what}: ${stderr || lines.join('\n')}`))
      })
      look()
    })
  }

  return {
    child,
    pid: child.pid ?? 0,
    lines,
    events,
    stderr: () => stderr,
    ended,
    event: (fits) => waitFor('the event', () => events.find(fits)),
    said: async (count) => void (await waitFor(`${count} lines`, () => lines.length >= count || undefined)),
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return await ended
    },
  }
}
