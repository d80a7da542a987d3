import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type {
  Activity,
  CauseDetail,
  CauseRow,
  HandlerRow,
  InvitationRow,
  JobList,
  JobView,
  LogFilePage,
  Me,
  MetricsAnswer,
  Now,
  OperationView,
  QueueRow,
  ScheduleRow,
  ScheduleView,
  SessionRow,
  SettingsAnswer,
  StatusCounts,
  TokenRow,
  UserRow,
  WorkerRow,
} from '../../api.ts'
import { get, type Query } from './client.ts'

/** A query that is looked at again when one of these topics has changed. */
function about<T>(topics: readonly string[], path: string, query: Query = {}) {
  return queryOptions({
    queryKey: [path, query],
    queryFn: ({ signal }) => get<T>(path, query, signal),
    meta: { topics },
  })
}

const ENGINE = ['jobs', 'queues', 'workers'] as const

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => get<Me>('me', {}, signal),
  // Another role, or read-only, must not wait for the next visit.
  refetchInterval: 30_000,
  meta: { topics: ['access'] },
})
/** How long something has waited grows without any change that could be told. */
const WAITS_MS = 10_000
function waiting<T>(topics: readonly string[], path: string) {
  return { ...about<T>(topics, path), refetchInterval: WAITS_MS }
}

export const nowQuery = waiting<Now>([...ENGINE, 'schedules'], 'now')
export const causesQuery = (since: string) => about<{ causes: CauseRow[] }>(['jobs'], 'causes', { since })
export const causeQuery = (fingerprint: string, since: string) =>
  about<CauseDetail>(['jobs'], `causes/${encodeURIComponent(fingerprint)}`, { since })

export const JOBS_A_PAGE = 50
export const jobsQuery = (filter: string, cursor: string | null) => ({
  ...about<JobList>(['jobs'], 'jobs', { filter, limit: JOBS_A_PAGE, cursor }),
  // The rows of the page before stay until the next ones are here: nothing flickers.
  placeholderData: keepPreviousData,
})
export const countsQuery = (filter: string) => ({
  ...about<StatusCounts>(['jobs'], 'jobs/counts', { filter }),
  placeholderData: keepPreviousData,
})
export const jobQuery = (id: string) => about<JobView>(['jobs'], `jobs/${encodeURIComponent(id)}`)

export const queuesQuery = waiting<{ queues: QueueRow[] }>(ENGINE, 'queues')
const SCHEDULES = ['schedules', 'jobs', 'workers'] as const
export const schedulesQuery = waiting<{ schedules: ScheduleRow[] }>(SCHEDULES, 'schedules')
export const scheduleQuery = (name: string) => waiting<ScheduleView>(SCHEDULES, `schedules/${encodeURIComponent(name)}`)
export const workersQuery = waiting<{ workers: WorkerRow[] }>(['workers', 'jobs'], 'workers')
export const handlersQuery = (since: string) => ({
  ...about<{ handlers: HandlerRow[] }>(['jobs'], 'handlers', { since }),
  placeholderData: keepPreviousData,
})
export const metricsQuery = (query: { since: string; class?: string; method?: string; queue?: string }) => ({
  ...about<MetricsAnswer>(['jobs'], 'metrics', query),
  placeholderData: keepPreviousData,
})

export interface LogsFilter extends Query {
  file: 'main' | 'errors'
  severity: string
  class: string
  job: string
  text: string
}
export const logFileQuery = (filter: LogsFilter) =>
  infiniteQueryOptions({
    queryKey: ['logs', filter],
    queryFn: ({ pageParam, signal }) => get<LogFilePage>('logs', { ...filter, before: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.before,
    placeholderData: keepPreviousData,
    meta: { topics: ['logs', 'jobs'] },
  })

export interface ActivityFilter extends Query {
  actor: string
  action: string
  target: string
}
export const activityQuery = (filter: ActivityFilter) =>
  infiniteQueryOptions({
    queryKey: ['activity', filter],
    queryFn: ({ pageParam, signal }) => get<Activity>('activity', { ...filter, before: pageParam }, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.before,
    placeholderData: keepPreviousData,
    meta: { topics: ['access', 'operations', 'jobs', 'queues', 'schedules', 'workers'] },
  })
export const operationsQuery = about<{ operations: OperationView[] }>(['operations'], 'operations')

/** Who may do what changes seldom, and the stream does not tell of it. */
const SELDOM_MS = 10_000
function seldom<T>(path: string) {
  return { ...about<T>(['access'], path), refetchInterval: SELDOM_MS }
}

export const settingsQuery = seldom<SettingsAnswer>('settings')
export const usersQuery = seldom<{ users: UserRow[] }>('users')
export const invitationsQuery = seldom<{ invitations: InvitationRow[] }>('invitations')
export const sessionsQuery = seldom<{ sessions: SessionRow[] }>('sessions')
export const tokensQuery = seldom<{ tokens: TokenRow[] }>('tokens')
