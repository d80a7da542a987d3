import { describe, expect, test } from 'vitest'
import { deploysOf, releaseAt } from '../../../src/dashboard/server/reads/releases.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 3, minute))
/** The newest first, as a store gives them. */
const releases = [
  { workerId: 'b', release: 'v2', startedAt: at(32) },
  { workerId: 'a', release: 'v2', startedAt: at(30) },
  { workerId: 'b', release: 'v1', startedAt: at(2) },
  { workerId: 'a', release: 'v1', startedAt: at(1) },
]

describe('releases', () => {
  test('a deploy is the first worker of another release', () => {
    expect(deploysOf(releases, 0)).toEqual([{ release: 'v2', at: at(30).toISOString() }])
    expect(deploysOf(releases, at(31).getTime())).toEqual([])
  })

  test('the first one that is known is no deploy, and going back is one', () => {
    expect(deploysOf(releases.slice(2), 0)).toEqual([])
    const back = [{ workerId: 'a', release: 'v1', startedAt: at(40) }, ...releases]
    expect(deploysOf(back, 0).map(({ release }) => release)).toEqual(['v2', 'v1'])
  })

  test('a worker ran what it was started with, also when it has been started again since', () => {
    expect(releaseAt(releases, 'a', at(10))).toBe('v1')
    expect(releaseAt(releases, 'a', at(30))).toBe('v2')
    expect(releaseAt(releases, 'a', at(0))).toBe(null)
    expect(releaseAt(releases, null, at(40))).toBe(null)
  })
})
