import { checkHost, checkPort } from '../core/dashboard-settings.ts'
import { readinessOf } from '../dashboard/server/health.ts'
import type { Store } from '../store/store.ts'
import { type Listening, listen } from './listen.ts'

export interface HealthFlags {
  healthPort?: string
  healthHost?: string
}

/**
 * Serves `/healthz` (the process is alive) and `/readyz` (the database answers, the worker holds its lease) where the
 * flags say; undefined without them.
 * @throws OffstageError PORT_TAKEN, OPTION_INVALID
 */
export async function serveHealth(
  { healthPort, healthHost }: HealthFlags,
  store: () => Promise<Store>,
  workerId: () => string,
): Promise<Listening | undefined> {
  if (healthPort === undefined) return undefined
  const place = {
    host: checkHost(healthHost ?? '127.0.0.1', '--health-host'),
    port: checkPort(healthPort, '--health-port'),
  }
  return await listen((request, response) => {
    const answer = (status: number, value: object) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(JSON.stringify(value))
    }
    const [path] = (request.url ?? '').split('?')
    if (path === '/healthz') answer(200, { status: 'ok' })
    else if (path === '/readyz') {
      void readinessOf({ store, workerId }).then(({ ready, checks }) => {
        answer(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', checks })
      })
    } else answer(404, { status: 'not found' })
  }, place)
}
