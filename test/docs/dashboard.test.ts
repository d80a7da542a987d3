import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exposition } from '../../src/dashboard/server/prometheus/exposition.ts'
import type { Exposed } from '../../src/dashboard/server/reads/exposed.ts'

const page = readFileSync(new URL('../../docs/dashboard.md', import.meta.url), 'utf8')

test('docs/dashboard.md names every metric, and no other', () => {
  const named = [...page.matchAll(/^\| (`offstage_[^|]+) \|/gm)].flatMap(([, names = '']) => {
    const [first = '', ...others] = [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
    // `offstage_queue_ready`, `_delayed`: the rest begins like the first.
    return [first, ...others.map((name) => (name.startsWith('_') ? first.replace(/_[a-z]+$/, name) : name))]
  })
  const exposed = { at: 0, counts: {}, queues: [], workers: [], overdue: 0, rows: [] } as unknown as Exposed
  const told = [...exposition(exposed, [], '1').matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name)
  expect(named.sort()).toEqual(told.sort())
})
