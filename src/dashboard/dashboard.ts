import type { DashboardConfig } from '../core/dashboard-settings.ts'
import type { AppUser, Authorize } from './server/auth/identify.ts'

export type { AppUser, Authorize }

/** What this dashboard does differently from the config's `dashboard`. */
export interface DashboardOptions extends Omit<DashboardConfig, 'host' | 'port'> {
  /**
   * Who makes a request, in the app's own words: there are no users, sessions and sign-in of the dashboard's own then.
   * Null: nobody, refused with 401. A `Response`, such as a redirect to the app's sign-in, goes to the browser.
   */
  authorize?: Authorize
}

/** The dashboard as a part of an app: made by `offstage.dashboard()`. Does nothing before its first request. */
export interface Dashboard {
  /** For whatever speaks `Request` and `Response`: Hono, Next.js, H3, Bun… */
  readonly fetch: (request: Request, env?: unknown) => Promise<Response>
  /** For Express, Fastify, Koa, Nest and `node:http`: `(request, response, next?)`. It never rejects. */
  readonly node: NodeHandler
  /** Ends its streams, its bulk operations and its process for queries. The database stays open. */
  close(): Promise<void>
}

/**
 * Takes Node's own `IncomingMessage` and `ServerResponse`, named by what they have: so that nobody needs the types of
 * Node.js for those of this package.
 */
export type NodeHandler = (
  request: { readonly url?: string | undefined; readonly headers: object },
  response: { readonly headersSent: boolean; setHeader(name: string, value: string): unknown },
  next?: (error?: unknown) => void,
) => Promise<void>
