/**
 * A thread in each child process that holds its lifeline. It waits on fd 4, whose other end is the worker's: when the
 * worker is gone, however it died, the child is killed, also in the middle of an endless loop. The worker asks through
 * the same line whether the child is over a memory limit, since a busy child could not answer by itself.
 */
import { readSync, writeSync } from 'node:fs'

const LIFELINE = 4
const POLL_MS = 50

const buffer = Buffer.alloc(256)
const pause = new Int32Array(new SharedArrayBuffer(4))

for (;;) {
  const limit = Number(read().split('\n').at(-2))
  const used = process.memoryUsage.rss() / 1024 / 1024
  if (used <= limit) continue
  writeSync(LIFELINE, `${Math.round(used)}\n`)
  killFamily()
}

/** The numbers that the worker has sent, each with a line break after it. */
function read(): string {
  for (;;) {
    try {
      const count = readSync(LIFELINE, buffer)
      if (count === 0) killFamily()
      return buffer.toString('latin1', 0, count)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') Atomics.wait(pause, 0, 0, POLL_MS)
      else killFamily()
    }
  }
}

/** The child leads a process group of its own: what its jobs have started, and not detached, goes with it. */
function killFamily(): void {
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    process.kill(process.pid, 'SIGKILL')
  }
}
