import { formatDuration } from '../../core/duration.ts'
import type { ServerFacts } from '../../store/inspection.ts'
import { type Finding, ok, unhealthy, warning } from './finding.ts'

/** A server is asked what time it is; beyond this, something keeps its clock or this machine's from being set. */
const SKEW_MS = 2_000
/** A statement waits for its answer: at this distance a worker spends its time waiting. */
const FAR_MS = 20
/** What is open for so long keeps the server from clearing away what is gone. */
const LONG_MS = 5 * 60_000
/** More dead rows than this in a table that has few live ones, and each claim feels them. */
const DEAD = 500_000

/** So many transactions of the whole server are some minutes of a busy one. */
const HELD_BACK = 1_000_000
/** A table that comes and goes may be this large, or have so much for each of its rows. */
const LARGE_BYTES = 512 * 1_048_576
const LARGE_ROW_BYTES = 20_000

/**
 * What can be wrong with a server, and with what it keeps for Offstage.
 * @param hasTables False before the first migration.
 */
export function checkServer(facts: ServerFacts, hasTables = true): Finding[] {
  return [
    checkAccess(facts),
    checkRights(facts),
    checkClock(facts),
    checkSafety(facts),
    checkConnections(facts),
    checkTransactions(facts),
    ...(hasTables ? [checkTables(facts), checkOrphans(facts)] : []),
    ...facts.hints.map(({ check, message, remedy }) => warning(check, message, remedy)),
  ]
}

function checkAccess({ product, place, readOnly, roundTripMs }: ServerFacts): Finding {
  const message = `${product} at ${place} answers in ${formatDuration(Math.max(1, roundTripMs))}`
  if (readOnly) {
    return unhealthy('database', `${product} at ${place} is read-only`, 'name the primary, not a standby or replica')
  }
  if (roundTripMs > FAR_MS) return warning('database', message, 'run the workers nearer to it')
  return ok('database', message)
}

function checkRights({ lacking }: ServerFacts): Finding {
  if (lacking.length === 0) return ok('rights', 'this user has all that it takes')
  return unhealthy('rights', `this user lacks ${lacking.join('; ')}`, 'have the owner grant it')
}

function checkClock({ clockAheadMs, roundTripMs }: ServerFacts): Finding {
  const off = Math.abs(clockAheadMs)
  if (off <= Math.max(SKEW_MS, roundTripMs)) return ok('clock', 'the server and this machine agree on the time')
  const which = clockAheadMs > 0 ? 'before' : 'behind'
  return warning(
    'clock',
    `the server's clock is ${formatDuration(off)} ${which} this machine's`,
    "jobs go by the server's and are not harmed; set both by NTP, so that times in logs can be compared",
  )
}

function checkSafety({ unsafe }: ServerFacts): Finding {
  if (unsafe.length === 0) return ok('durability', 'what was enqueued survives a crash of the server')
  const settings = unsafe.map(({ setting, loses }) => `${setting}: ${loses}`).join('; ')
  return warning('durability', settings, `set ${unsafe.map(({ safe }) => safe).join(' and ')} on the server`)
}

function checkConnections({ connections }: ServerFacts): Finding {
  if (connections === undefined) return ok('connections', 'this user may not see how many there are')
  const { open, most } = connections
  const message = `${open} of ${most} are open`
  if (open < most * 0.8) return ok('connections', message)
  return warning('connections', message, 'lower connections=… in the database URLs, or raise what the server takes')
}

function checkTransactions({ longest, oldest }: ServerFacts): Finding {
  const remedy = 'end it, or the claims get slower from hour to hour'
  if (longest !== undefined && longest.ms >= LONG_MS) {
    const message = `one of ${longest.who} is open for ${formatDuration(longest.ms)}: what is gone since cannot be cleared away`
    return warning('transactions', message, remedy)
  }
  if (oldest !== undefined && oldest.transactions >= HELD_BACK) {
    const message = `${oldest.who} holds on to what ${oldest.transactions} transactions have changed since: it cannot be cleared away`
    return warning('transactions', message, remedy)
  }
  return ok('transactions', 'none is open for long')
}

function checkTables({ dead, indexes }: ServerFacts): Finding {
  if (indexes.length > 0) {
    // A migration that is written down as made is not made again.
    const remedy = 'make it again by hand, with what `offstage migrate --dry-run` prints for an empty database'
    return unhealthy('tables', indexes.join('; '), remedy)
  }
  const uncleared = dead.filter((table) => table.dead > DEAD && table.dead > 2 * table.live)
  if (uncleared.length > 0) {
    return warning(
      'tables',
      `dead rows: ${uncleared.map((table) => `${table.dead} in ${table.table}`).join(', ')}`,
      'see that autovacuum (PostgreSQL) or purge (InnoDB) keeps up, and that no transaction stays open',
    )
  }
  const large = dead.filter(({ bytes = 0, live }) => bytes > LARGE_BYTES && bytes > LARGE_ROW_BYTES * live)
  if (large.length > 0) {
    const sizes = large.map(({ table, bytes = 0, live }) => `${table} takes ${mebibytes(bytes)} for ${live} rows`)
    const remedy = 'while no worker runs, `vacuum full` (PostgreSQL) or `optimize table` (InnoDB) gives the room back'
    return warning('tables', sizes.join(', '), remedy)
  }
  return ok('tables', 'indexes are whole, and what is gone is cleared away')
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MiB`
}

function checkOrphans({ orphans }: ServerFacts): Finding {
  if (orphans === 0) return ok('leases', 'no job is held by a worker that is gone')
  return warning(
    'leases',
    `${orphans} ${orphans === 1 ? 'job is' : 'jobs are'} held by workers that are gone`,
    'a running worker takes them over within a second; start one',
  )
}
