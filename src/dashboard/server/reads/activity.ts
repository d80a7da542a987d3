import type { AuditRequest, Operation } from '../../../store/access.ts'
import type { Activity, OperationView } from '../../api.ts'
import { notFound } from '../problem.ts'
import type { ReadContext } from './read.ts'

const MOST_OPERATIONS = 50

export async function activity({ store }: ReadContext, request: AuditRequest): Promise<Activity> {
  const found = await store.access.auditLog({ ...request, limit: request.limit + 1 })
  const entries = found.slice(0, request.limit)
  return {
    entries: entries.map(({ at, ...entry }) => ({ ...entry, at: at.toISOString() })),
    before: found.length > request.limit ? (entries.at(-1)?.seq ?? null) : null,
  }
}

export async function operations({ store }: ReadContext): Promise<{ operations: OperationView[] }> {
  return { operations: (await store.access.operations(MOST_OPERATIONS)).map(toOperationView) }
}

export async function operation({ store }: ReadContext, { id }: { id: string }): Promise<OperationView> {
  const found = await store.access.operation(id)
  if (found === undefined) throw notFound(`there is no operation ${id}`)
  return toOperationView(found)
}

export function toOperationView(operation: Operation): OperationView {
  const { actor: _, startedAt, updatedAt, finishedAt, ...rest } = operation
  return {
    ...rest,
    startedAt: startedAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  }
}
