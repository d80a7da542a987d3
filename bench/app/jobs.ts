import { writeFileSync } from 'node:fs'
import { Tally } from './tally.ts'

/** Does nothing, and is counted where it runs in the process that measures. */
export class Noop {
  run(): void {
    Tally.current?.count()
  }
}

/** Tells how long ago it was enqueued. Both ends read the machine's monotonic clock, so they may be two processes. */
export class Stamp {
  run(enqueuedAt: string): void {
    Tally.current?.took(Number(process.hrtime.bigint() - BigInt(enqueuedAt)) / 1e6)
  }
}

/** Writes down when it was started. */
export class Mark {
  run(file: string): void {
    writeFileSync(file, String(process.hrtime.bigint()))
  }
}
