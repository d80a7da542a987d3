import type { Operation, OperationState } from '../../../store/access.ts'
import { type Database, sql, table } from '../database.ts'

interface OperationRow extends Pick<Operation, 'id' | 'action' | 'filter' | 'pace' | 'total' | 'done' | 'skipped'> {
  state: OperationState
  actor: string
  actor_name: string
  started_at: number
  updated_at: number
  finished_at: number | null
  error: string | null
}

const COLUMNS = {
  text:
    'id, action, filter, pace, total, done, skipped, state, actor, actor_name, ' +
    'started_at, updated_at, finished_at, error',
  values: [],
}

export async function addOperation(database: Database, operation: Operation): Promise<void> {
  const { id, action, filter, pace, total, done, skipped, state, actor, actorName } = operation
  const { startedAt, updatedAt, finishedAt, error } = operation
  await database.run(sql`insert into ${table.operation} (${COLUMNS}) values (${id}, ${action}, ${filter}, ${pace},
    ${total}, ${done}, ${skipped}, ${state}, ${actor}, ${actorName}, ${startedAt.getTime()}, ${updatedAt.getTime()},
    ${finishedAt?.getTime() ?? null}, ${error})`)
}

export async function operation(database: Database, id: string): Promise<Operation | undefined> {
  const [row] = await database.all<OperationRow>(sql`select ${COLUMNS} from ${table.operation} where id = ${id}`)
  return row === undefined ? undefined : toOperation(row)
}

export async function operations(database: Database, limit: number): Promise<Operation[]> {
  const rows = await database.all<OperationRow>(sql`select ${COLUMNS} from ${table.operation}
    order by case when state = 'running' then 0 else 1 end, started_at desc, id desc limit ${limit}`)
  return rows.map(toOperation)
}

export async function advanceOperation(
  database: Database,
  id: string,
  done: number,
  skipped: number,
): Promise<OperationState | undefined> {
  return await database.transaction(async (tx) => {
    const now = await tx.now()
    // Whatever its state: what was done was done.
    await tx.run(sql`update ${table.operation} set done = done + ${done}, skipped = skipped + ${skipped},
      updated_at = ${now} where id = ${id}`)
    const [row] = await tx.all<{ state: OperationState }>(sql`select state from ${table.operation} where id = ${id}`)
    return row?.state
  })
}

export async function endOperation(
  database: Database,
  id: string,
  state: Exclude<OperationState, 'running'>,
  error?: string,
): Promise<boolean> {
  const now = await database.now()
  const ended = await database.run(sql`update ${table.operation} set state = ${state}, error = ${error ?? null},
    updated_at = ${now}, finished_at = ${now} where id = ${id} and state = 'running'`)
  return ended > 0
}

function toOperation(row: OperationRow): Operation {
  const { id, action, filter, pace, total, done, skipped, state, actor, error } = row
  return {
    id,
    action,
    filter,
    pace,
    total,
    done,
    skipped,
    state,
    actor,
    actorName: row.actor_name,
    startedAt: new Date(row.started_at),
    updatedAt: new Date(row.updated_at),
    finishedAt: row.finished_at === null ? null : new Date(row.finished_at),
    error,
  }
}
