import type { FinalStatus } from '../../../core/job.ts'
import type { AttemptOutcome } from '../../../core/outcome.ts'
import type {
  MoveBatch,
  MovedAttempt,
  MovedJob,
  MovedLine,
  MovedWorker,
  MoveKey,
  QueueState,
} from '../../../store/move.ts'
import type { Severity } from '../../../store/queried.ts'
import { type Database, list, type Statement, sql, table } from '../database.ts'
import type { MoveDialect } from './store.ts'

/** Cuts a batch where its text would take more than so many bytes. One job alone may. */
export async function portions(database: Database, keys: readonly MoveKey[], bytes: number): Promise<MoveKey[][]> {
  if (keys.length === 0) return []
  const bytesOf = (columns: readonly Statement[]) =>
    list(
      columns.map((c) => sql`coalesce(octet_length(${c}), 0)`),
      ' + ',
    )
  const rows = await database.all<{ seq: number; bytes: number }>(sql`select j.seq, octet_length(j.args)
      + coalesce((select sum(${bytesOf([sql`a.error`, sql`a.result`, sql`a.progress`])})
        from ${table.attempt} a where a.seq = j.seq), 0)
      + coalesce((select sum(octet_length(l.text)) from ${table.log} l where l.seq = j.seq), 0) as bytes
    from ${table.job} j where j.seq in (${list(keys)})`)
  const sizes = new Map(rows.map((row) => [Number(row.seq), Number(row.bytes)]))
  const parts: MoveKey[][] = []
  let room = 0
  for (const key of keys) {
    const size = sizes.get(key) ?? 0
    if (parts.length === 0 || size > room) {
      parts.push([])
      room = bytes
    }
    parts.at(-1)?.push(key)
    room -= size
  }
  return parts
}

type JobRow = Omit<MovedJob, 'isFinished' | 'attempts' | 'lines'>
type AttemptRow = MovedAttempt & { key: number; outcome: AttemptOutcome; status: FinalStatus | null }
type LineRow = MovedLine & { key: number; severity: Severity }

export async function read(
  database: Database,
  keys: readonly MoveKey[],
  { lines: asLines }: Pick<MoveDialect, 'lines'>,
): Promise<MoveBatch> {
  if (keys.length === 0) return { jobs: [], workers: [] }
  const these = list(keys)
  const rows = await database.all<JobRow>(sql`select j.seq as "key", j.id, h.class, h.method, j.args, q.name as "queue",
      j.priority, j.max_attempts as "maxAttempts", j.created_at as "createdAt", j.run_at as "runAt",
      j.expires_at as "expiresAt", j.policy, j.tags, m.run_at as "dueAt", m.attempt, m.spared, m.crashes, u.hash, u.free_at as "freeAt"
    from ${table.moving} m join ${table.job} j on j.seq = m.seq join ${table.handler} h on h.id = j.handler
    join ${table.queue} q on q.id = j.queue left join ${table.unique_job} u on u.id = j.id where m.seq in (${these}) order by m.seq`)
  const attempts = await database.all<AttemptRow>(sql`select seq as "key", n, outcome, status, reason, lease, spared,
      started_at as "startedAt", finished_at as "finishedAt", next_at as "nextAt", error, result, progress, fingerprint
    from ${table.attempt} where seq in (${these}) order by seq, n`)
  const lines = await database.all<LineRow>(
    sql`select seq as "key", n, line, at, severity, text from ${table.log} where seq in (${these}) order by seq, n, line`,
  )
  if (asLines !== undefined) for (const line of lines) line.text = asLines.written(line.text)
  const attemptsOf = Map.groupBy(attempts, ({ key }) => key)
  const linesOf = Map.groupBy(lines, ({ key }) => key)
  // In place: the rows are made for this, and copying so many takes longer than reading them.
  const jobs = rows.map((row): MovedJob => {
    const own = attemptsOf.get(row.key) ?? []
    const isFinished = own.some(({ status }) => status !== null)
    return Object.assign(row, { isFinished, attempts: own, lines: linesOf.get(row.key) ?? [] })
  })
  return { jobs, workers: await workersOf(database, attempts) }
}

async function workersOf(database: Database, attempts: readonly MovedAttempt[]): Promise<MovedWorker[]> {
  const leases = new Set<number>()
  for (const { lease } of attempts) if (lease !== null) leases.add(lease)
  if (leases.size === 0) return []
  return await database.all<MovedWorker>(sql`select lease, id, host, pid, queues, concurrency, version,
      app_release as "release", lease_ms as "leaseMs", started_at as "startedAt", seen_at as "seenAt", expires_at as "expiresAt",
      ended_at as "endedAt"
    from ${table.worker} where lease in (${list([...leases])})`)
}

export async function queueStates(database: Database): Promise<QueueState[]> {
  const rows = await database.all<{ name: string; paused: number; pause_reason: string | null }>(
    sql`select name, paused, pause_reason from ${table.queue} order by name`,
  )
  return rows.map((row) => ({ name: row.name, paused: row.paused === 1, pauseReason: row.pause_reason }))
}
