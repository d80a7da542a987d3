import fc from 'fast-check'
import type { Ending } from './model.ts'

export type Action =
  | {
      kind: 'enqueue'
      jobs: { order: number; queue: number; priority: number; inMs: number; maxAttempts: number }[]
    }
  | { kind: 'claim'; worker: number; queues: number[]; limit: number; start: number }
  | { kind: 'settle'; endings: { ending: Ending; inMs: number }[] }
  | { kind: 'lose'; worker: number }
  | { kind: 'command'; command: 'cancel' | 'retry' | 'runNow' | 'delete'; jobs: number[] }
  | { kind: 'pause'; queue: number; paused: boolean }
  | { kind: 'advance'; ms: number }

const queue = fc.nat({ max: 2 })
const worker = fc.nat({ max: 2 })
const inMs = fc.constantFrom(0, 0, 0, 1, 1_000, 5_000)
const ending = fc.constantFrom<Ending[]>(
  'completed',
  'failed',
  'cancelled',
  'retried',
  'crashed',
  'snoozed',
  'released',
  'suspect',
)
const job = fc.record({
  order: fc.nat({ max: 9 }),
  queue,
  priority: fc.integer({ min: -1, max: 1 }),
  inMs,
  maxAttempts: fc.integer({ min: 1, max: 4 }),
})

/** What may happen to a store, in any order. */
export const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('enqueue'), jobs: fc.array(job, { maxLength: 12 }) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('claim'),
        worker,
        queues: fc.uniqueArray(queue, { maxLength: 3 }),
        limit: fc.nat({ max: 8 }),
        start: fc.nat({ max: 8 }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('settle'),
        endings: fc.array(fc.record({ ending, inMs }), { minLength: 1, maxLength: 8 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose'), worker }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('command'),
        command: fc.constantFrom('cancel', 'cancel', 'retry', 'retry', 'runNow', 'delete'),
        jobs: fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 6 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('pause'), queue, paused: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance'), ms: fc.constantFrom(1, 1_000, 5_000) }) },
  ),
  { maxLength: 50, size: 'max' },
)
