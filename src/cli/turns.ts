import { setTimeout as rest } from 'node:timers/promises'

/** Bounds of the rest: waiting writers look again after at most a few ms. */
const REST_LEAST_MS = 3
const REST_MOST_MS = 50

/**
 * Repeats a piece of a long change until it says that it is the last, and rests after each for as long as it took: in
 * a file that has one writer at a time, the workers get every other turn.
 */
export async function inTurns(piece: () => Promise<'more' | 'done'>): Promise<void> {
  for (;;) {
    const began = performance.now()
    if ((await piece()) === 'done') return
    await rest(Math.min(REST_MOST_MS, Math.max(REST_LEAST_MS, performance.now() - began)))
  }
}
