import { checkHost, checkPort, type DashboardSettings } from '../core/dashboard-settings.ts'
import type { DashboardOptions } from '../dashboard/dashboard.ts'
import { Links, linkUrl } from '../dashboard/server/auth/links.ts'
import type { OffstageEngine } from '../engine.ts'
import type { Offstage } from '../offstage.ts'
import { dashboardAddress } from './dashboard-address.ts'
import { listen } from './listen.ts'
import { note } from './output.ts'

/** How many ports above the default one are tried where nobody has named one. */
const OTHERS = 20

export interface ServeFlags {
  host?: string
  port?: string
}

export interface ServedDashboard {
  /** Where a browser on this machine finds it. */
  address: string
  /** Signs the first admin in, once; undefined when somebody has signed in before. */
  signIn: string | undefined
  close(): Promise<void>
}

interface Session {
  offstage: Offstage
  engine: OffstageEngine
}

/**
 * Serves the dashboard where the flags, the environment or the config say.
 * @param options.others Where they say nothing and the default port is taken, one of the next will do.
 * @throws OffstageError PORT_TAKEN, OPTION_INVALID, or what keeps the database from being opened.
 */
export async function serveDashboard(
  { offstage, engine }: Session,
  flags: ServeFlags,
  { others = false, ...options }: DashboardOptions & { others?: boolean } = {},
): Promise<ServedDashboard> {
  const settings = withPlace(engine.settings.dashboard, flags)
  // First: without a database there is nothing to serve.
  const store = await engine.store()
  const dashboard = offstage.dashboard({ basePath: settings.basePath ?? '', ...options })
  const { port, close } = await listen(
    (request, response) => {
      void dashboard.node(request, response, () => response.writeHead(404).end('not found\n'))
    },
    settings,
    others && !settings.portIsChosen ? OTHERS : 0,
  )
  const address = dashboardAddress({ ...settings, port })
  if (!isLoopback(settings.host)) {
    note(
      `the dashboard can be reached from other machines, at ${settings.host}:${port}, over plain HTTP: put a proxy with ` +
        'TLS before it, and set trustProxy',
    )
  }
  const link = await new Links(store.access, Date.now).firstStart()
  return {
    address,
    signIn: link === undefined ? undefined : linkUrl(address, link),
    close: async () => {
      await dashboard.close()
      await close()
    },
  }
}

function withPlace(settings: DashboardSettings, { host, port }: ServeFlags): DashboardSettings {
  return {
    ...settings,
    ...(host === undefined ? {} : { host: checkHost(host, '--host') }),
    ...(port === undefined ? {} : { port: checkPort(port, '--port'), portIsChosen: true }),
  }
}

function isLoopback(host: string): boolean {
  return /^(127(\.\d+){3}|::1|localhost)$/i.test(host)
}
