/** For those who write a store: the suite that every store of Offstage is held to. */
import { accessRecords } from './store-suite/access-records.ts'
import { accessSessions } from './store-suite/access-sessions.ts'
import { accessUsers } from './store-suite/access-users.ts'
import { ahead } from './store-suite/ahead.ts'
import { along } from './store-suite/along.ts'
import { causes } from './store-suite/causes.ts'
import { claim } from './store-suite/claim.ts'
import { claimSelection } from './store-suite/claim-selection.ts'
import { commands } from './store-suite/commands.ts'
import { concurrency } from './store-suite/concurrency.ts'
import { enqueue } from './store-suite/enqueue.ts'
import { filter } from './store-suite/filter.ts'
import { filterValues } from './store-suite/filter-values.ts'
import { type Cases, type OpenStore, withFixture } from './store-suite/fixture.ts'
import { keepCount } from './store-suite/keep-count.ts'
import { leases } from './store-suite/leases.ts'
import { maintenance } from './store-suite/maintenance.ts'
import { metrics } from './store-suite/metrics.ts'
import { migrate } from './store-suite/migrate.ts'
import { move } from './store-suite/move.ts'
import { moveAgain } from './store-suite/move-again.ts'
import { moveKept } from './store-suite/move-kept.ts'
import { orphans } from './store-suite/orphans.ts'
import { queries } from './store-suite/queries.ts'
import { reasons } from './store-suite/reasons.ts'
import { record } from './store-suite/record.ts'
import { remove } from './store-suite/remove.ts'
import { retry } from './store-suite/retry.ts'
import { schedules } from './store-suite/schedules.ts'
import { schedulesMove } from './store-suite/schedules-move.ts'
import { settle } from './store-suite/settle.ts'
import { settleFence } from './store-suite/settle-fence.ts'
import { stats } from './store-suite/stats.ts'
import { uniqueJobs } from './store-suite/unique.ts'
import { wake } from './store-suite/wake.ts'

export { ManualClock } from './manual-clock.ts'
export type { OpenDatabase, OpenStore } from './store-suite/fixture.ts'

/** What a store does not pass, or does not have, and why: printed with every run. */
export interface Skip {
  /** The title of a test, or of a verb with all its tests. */
  test: string
  reason: string
}

export interface StoreSuite {
  /** The database's name, as it heads the report. */
  name: string
  open: OpenStore
  skip?: readonly Skip[]
  /** Of any test runner: `node:test`, vitest, jest… */
  describe: (title: string, body: () => void) => unknown
  test: (title: string, body: () => Promise<void>) => unknown
}

const verbs: Readonly<Record<string, Cases>> = {
  enqueue,
  claim: { ...claim, ...claimSelection },
  enqueueAndClaim: along,
  claimedAhead: ahead,
  settle: { ...settle, ...settleFence },
  record,
  leases: { ...leases, ...orphans },
  commands: { ...commands, ...retry, ...remove },
  queries: { ...queries, ...reasons },
  filter: { ...filter, ...filterValues },
  maintenance: { ...maintenance, ...keepCount },
  stats,
  causes,
  metrics,
  schedules: { ...schedules, ...schedulesMove },
  uniqueJobs,
  wake,
  migrate,
  move: { ...move, ...moveAgain, ...moveKept },
  access: { ...accessUsers, ...accessSessions, ...accessRecords },
  concurrency,
}

/** Defines the tests of the store contract for one store. */
export function storeSuite({ name, open, skip = [], describe, test }: StoreSuite): void {
  const reasonToSkip = new Map(skip.map((entry) => [entry.test, entry.reason]))
  describe(`${name} store`, () => {
    for (const [verb, cases] of Object.entries(verbs)) {
      if (reasonToSkip.has(verb)) {
        console.log(JSON.stringify({ store: name, skipped: verb, reason: reasonToSkip.get(verb) }))
        continue
      }
      describe(verb, () => {
        for (const [title, body] of Object.entries(cases)) {
          const reason = reasonToSkip.get(title)
          if (reason === undefined) test(title, () => withFixture(open, body))
          else console.log(JSON.stringify({ store: name, skipped: title, reason }))
        }
      })
    }
    test('every skipped test exists', async () => {
      const titles = new Set(Object.entries(verbs).flatMap(([verb, cases]) => [verb, ...Object.keys(cases)]))
      const unknown = skip.filter((entry) => !titles.has(entry.test))
      if (unknown.length > 0) throw new Error(`no such test to skip: ${unknown.map((entry) => entry.test).join(', ')}`)
    })
  })
}
