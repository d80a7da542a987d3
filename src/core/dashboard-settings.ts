import { parseDuration, shown } from './duration.ts'
import { OffstageError } from './errors.ts'
import type { Duration } from './handler.ts'
import { checkInteger, checkKeys, checkOneOf } from './options.ts'

/** What the config says of the dashboard. */
export interface DashboardConfig {
  /** Where it is mounted in an app, such as `'/admin/jobs'`; default: at the root, or where Express says. */
  basePath?: string
  /** Nobody can change anything by it, and nobody can switch that off in it. */
  readOnly?: boolean
  /** How many proxies of your own stand before it, whose `X-Forwarded-…` headers are believed; `true` is one. */
  trustProxy?: boolean | number
  /** Whether `/metrics` needs an API token with the permission `metrics.read`; default `'token'`. */
  metrics?: 'token' | 'open'
  /** How long one query of it may take; default 5 s. */
  queryTimeout?: Duration
  /** Where `offstage start` and `offstage dashboard` listen: `OFFSTAGE_HOST`, else this, else `127.0.0.1`. */
  host?: string
  /** `OFFSTAGE_PORT`, else this, else 8787. */
  port?: number
}

export interface DashboardSettings {
  /** Undefined when the app tells. */
  readonly basePath: string | undefined
  readonly readOnly: boolean
  readonly trustProxy: boolean | number
  readonly metrics: 'token' | 'open'
  readonly queryTimeoutMs: number
  readonly host: string
  readonly port: number
  /** Somebody has chosen the port, so no other will do. */
  readonly portIsChosen: boolean
}

const DEFAULT_HOST = '127.0.0.1'
const DEFAULT_PORT = 8787
const KEYS = ['basePath', 'readOnly', 'trustProxy', 'metrics', 'queryTimeout', 'host', 'port']

/** @throws OffstageError OPTION_INVALID, naming the key. */
export function dashboardSettings(
  config: DashboardConfig,
  env: Readonly<Record<string, string | undefined>>,
): DashboardSettings {
  checkKeys(config, KEYS, 'dashboard: ')
  const { readOnly = false, trustProxy = false } = config
  if (typeof readOnly !== 'boolean') throw invalid('readOnly', readOnly, 'use true or false')
  if (typeof trustProxy !== 'boolean') checkInteger(trustProxy, 0, 10, 'dashboard.trustProxy')
  const queryTimeoutMs = parseDuration(config.queryTimeout ?? 5, 'dashboard.queryTimeout')
  if (queryTimeoutMs < 100 || queryTimeoutMs > 600_000) {
    throw invalid('queryTimeout', config.queryTimeout, 'use 100ms to 10m')
  }
  const port = env.OFFSTAGE_PORT?.trim() || config.port
  return {
    basePath: config.basePath === undefined ? undefined : normalBasePath(config.basePath),
    readOnly,
    trustProxy,
    metrics: checkOneOf(config.metrics ?? 'token', ['token', 'open'], 'dashboard.metrics'),
    queryTimeoutMs,
    host: checkHost(env.OFFSTAGE_HOST?.trim() || config.host || DEFAULT_HOST, 'dashboard.host'),
    port: port === undefined ? DEFAULT_PORT : checkPort(port, env.OFFSTAGE_PORT ? 'OFFSTAGE_PORT' : 'dashboard.port'),
    portIsChosen: port !== undefined,
  }
}

/** A base path without a slash at its end: `''`, or as `/admin/jobs`. @throws OffstageError OPTION_INVALID */
export function normalBasePath(given: unknown): string {
  const path = typeof given === 'string' ? given.replace(/\/+$/, '') : given
  if (path === '') return ''
  if (typeof path === 'string' && /^(\/[\w.~%@:+-]+)+$/.test(path) && !/\/\.{1,2}(\/|$)/.test(path)) return path
  throw invalid('basePath', given, 'use a path such as /admin/jobs')
}

/** @throws OffstageError OPTION_INVALID, naming `what`. */
export function checkPort(port: unknown, what: string): number {
  return checkInteger(typeof port === 'string' && /^\d{1,5}$/.test(port) ? Number(port) : port, 0, 65_535, what)
}

/** @throws OffstageError OPTION_INVALID, naming `what`. */
export function checkHost(host: unknown, what: string): string {
  if (typeof host === 'string' && /^[\w.:%-]{1,255}$/.test(host)) return host
  throw new OffstageError('OPTION_INVALID', `${what} is ${shown(host)}: use a name or an address, such as 127.0.0.1`)
}

function invalid(key: keyof DashboardConfig, value: unknown, remedy: string): OffstageError {
  return new OffstageError('OPTION_INVALID', `dashboard.${key} is ${shown(value)}: ${remedy}`)
}
