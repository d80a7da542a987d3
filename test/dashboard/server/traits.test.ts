import { describe, expect, test } from 'vitest'
import { type TraitSample, traitsOf } from '../../../src/dashboard/server/traits.ts'

const sample = (change: Partial<TraitSample> = {}): TraitSample => ({
  queue: 'default',
  priority: 0,
  attempt: 1,
  tags: [],
  worker: 'w1',
  release: null,
  args: [],
  ...change,
})
const many = (count: number, change: (i: number) => Partial<TraitSample>) =>
  Array.from({ length: count }, (_, i) => sample(change(i)))

describe('traits', () => {
  test('are what failures have and successes have not, the strongest first', () => {
    const failures = many(10, (i) => ({
      args: [{ user: { id: i, plan: 'free' } }],
      worker: i < 8 ? 'w3' : 'w1',
      release: i < 9 ? 'v2' : 'v1',
    }))
    const successes = many(10, (i) => ({ args: [{ user: { id: 100 + i, plan: i === 0 ? 'free' : 'paid' } }] }))
    expect(traitsOf(failures, successes)).toEqual([
      { field: 'args.user.plan', value: 'free', failed: 1, succeeded: 0.1 },
      { field: 'release', value: 'v2', failed: 0.9, succeeded: 0 },
      { field: 'worker', value: 'w3', failed: 0.8, succeeded: 0 },
    ])
  })

  test('are found in the queue, the priority, tags and attempts', () => {
    const failures = many(5, () => ({ queue: 'mail', priority: 10, tags: ['nightly', 'nightly'], attempt: 2 }))
    expect(
      traitsOf(
        failures,
        many(5, () => ({})),
      ),
    ).toEqual([
      { field: 'attempt', value: '2', failed: 1, succeeded: 0 },
      { field: 'priority', value: '10', failed: 1, succeeded: 0 },
      { field: 'queue', value: 'mail', failed: 1, succeeded: 0 },
      { field: 'tag', value: 'nightly', failed: 1, succeeded: 0 },
    ])
  })

  test('name the argument where there are several', () => {
    const failures = many(5, () => ({ args: ['eu', { deep: true }] }))
    const successes = many(5, () => ({ args: ['us', { deep: false }] }))
    expect(traitsOf(failures, successes).map(({ field, value }) => `${field}=${value}`)).toEqual([
      'args.0=eu',
      'args.1.deep=true',
    ])
  })

  test('are not what both share, nor what few failures have', () => {
    const failures = many(10, (i) => ({ args: [{ plan: i < 5 ? 'free' : 'paid' }] }))
    expect(
      traitsOf(
        failures,
        many(10, () => ({ args: [{ plan: 'paid' }] })),
      ),
    ).toEqual([])
  })

  test('are none where there is too little to compare', () => {
    const failures = many(10, () => ({ queue: 'mail' }))
    expect(traitsOf(failures, [])).toEqual([])
    expect(
      traitsOf(
        failures.slice(0, 2),
        many(10, () => ({})),
      ),
    ).toEqual([])
  })

  test('look only so far into arguments, whatever those are', () => {
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i]))
    const deep = { a: { b: { c: { d: { e: { f: 1 } } } } } }
    const odd = { 'with.dot': 1, '': 2, __proto__: null, long: 'x'.repeat(1_000) }
    const traits = traitsOf(
      many(5, () => ({ args: [wide, deep, odd, [1, 2], null] })),
      many(5, () => ({})),
    )
    expect(traits).toHaveLength(8)
  })
})
