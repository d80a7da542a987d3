import type { Enqueued } from '../../core/job.ts'
import type { Settings } from '../../core/settings.ts'
import type { Store } from '../../store/store.ts'
import type { ScheduleCommands } from '../create.ts'
import type { Auth } from './auth/auth.ts'
import type { Identity } from './auth/identity.ts'
import type { Permission } from './auth/permissions.ts'
import type { Visit } from './auth/visit.ts'
import type { EventHub } from './events.ts'
import type { Operations } from './operations.ts'
import type { Queries } from './queries/queries.ts'
import type { Schema } from './schemas/schema.ts'

/** What the routes work with. One for each dashboard. */
export interface Core {
  readonly settings: Settings
  readonly version: string
  readonly auth: Auth
  /** Reads: off this event loop. */
  readonly queries: Queries
  /** Writes. Its steps are told to the log files. */
  readonly store: Store
  readonly events: EventHub
  readonly operations: Operations
  /** As `runBackgroundJob` by the handler's name, with all its checks. */
  readonly enqueue: (className: string, method: string, args: unknown[], options: object) => Promise<Enqueued>
  readonly schedules: ScheduleCommands
  /** The id of this process's worker, when it has one. */
  readonly workerId: () => string | undefined
}

/** One request, checked: what a route's function gets. */
export interface Call {
  readonly core: Core
  readonly request: Request
  readonly visit: Visit
  /** Empty, or as `/admin/jobs`. */
  readonly basePath: string
  readonly params: Readonly<Record<string, string>>
  /** Of the form that the route's schema says. */
  readonly query: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body: unknown
  /** @throws when nobody is signed in; only routes that are open need to care. */
  readonly identity: Identity
}

/** An answer: JSON, unless it says otherwise. */
export interface Reply {
  status?: 200 | 201 | 202
  /** A value, or JSON that a read has made already. */
  json?: unknown
  bytes?: Uint8Array
  /** Instead of JSON. */
  text?: string | ReadableStream<Uint8Array>
  headers?: Record<string, string>
}

/**
 * Who may. `open`: anybody; `signed-in`: whoever is. By the value of a field of the body where what is asked for is in
 * it.
 */
export type Access =
  | 'open'
  | 'signed-in'
  | Permission
  | { readonly field: string; readonly by: Record<string, Permission> }

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/api`, with `:name` for a part that varies. */
  readonly path: string
  readonly access: Access
  readonly summary: string
  readonly query?: Schema
  readonly body?: Schema
  /** It may be left out, with its content type. */
  readonly bodyIsOptional?: boolean
  /** Of a 2xx answer: a schema, or the media type of what is no JSON. */
  readonly answer: Schema | 'text/plain' | 'text/event-stream'
  readonly status?: 200 | 201 | 202
  readonly handle: (call: Call) => Promise<Reply>
}

export const ROUTE_ROOT = '/api'
