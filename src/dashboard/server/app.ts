import { type Context, Hono } from 'hono'
import { lacks } from './auth/identity.ts'
import { Refused } from './auth/refused.ts'
import { type Visit, visitOf } from './auth/visit.ts'
import { below } from './base-path.ts'
import { type CallParts, callOf } from './call.ts'
import { readinessOf } from './health.ts'
import { openApiDocument } from './openapi.ts'
import { Problem, toProblem } from './problem.ts'
import { exposition } from './prometheus/exposition.ts'
import { Totals } from './prometheus/totals.ts'
import { refusedProblem } from './refuse.ts'
import { type Core, type Reply, ROUTE_ROOT, type Route } from './route.ts'
import { ROUTES } from './routes/routes.ts'
import { SECURITY_HEADERS } from './security-headers.ts'
import { StaticFiles } from './static-files.ts'

/** What is known of a request that is not in it. */
export interface Surroundings {
  /** Where this request found the dashboard: empty, or as `/admin/jobs`. */
  basePath: string
  /** The address at the other end of the connection. */
  remote: string | undefined
}

type Env = { Bindings: Surroundings }

/** Everything that the dashboard answers, below any base path. */
export function createApp(core: Core, onError: (error: unknown) => void): Hono<Env> {
  const app = new Hono<Env>({
    // The router knows nothing of where it is mounted.
    getPath: (request, options) => below(options?.env?.basePath ?? '', new URL(request.url).pathname),
  })
  const files = new StaticFiles()
  const totals = new Totals(Date.now())

  app.use(async (c, next) => {
    await next()
    c.res = protectedAnswer(c.res)
  })

  for (const route of ROUTES) {
    app.on(route.method, `${ROUTE_ROOT}${route.path}`, async (c) => toResponse(route, await answer(core, route, c)))
  }
  app.get(`${ROUTE_ROOT}/openapi.json`, (c) => json(200, openApiDocument(ROUTES, core.version, c.env.basePath)))
  app.all(`${ROUTE_ROOT}/*`, (c) => {
    const message = `there is no ${c.req.method} ${c.req.path}: /api/openapi.json lists what there is`
    throw new Problem(404, { code: 'NOT_FOUND', message })
  })

  app.get('/healthz', () => json(200, { status: 'ok' }))
  app.get('/readyz', async () => {
    const { ready, checks } = await readinessOf({ store: async () => core.store, workerId: core.workerId })
    return json(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', checks })
  })
  app.get('/metrics', async (c) => {
    await mayReadMetrics(core, c)
    const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' }
    const exposed = await core.queries.value('exposed', { since: totals.since })
    return new Response(exposition(exposed, totals.add(exposed.rows, exposed.at), core.version), { headers })
  })

  app.get('*', async (c) => {
    const name = c.req.path.slice(1)
    const file = await files.file(name, c.req.header('accept-encoding') ?? null)
    if (file !== undefined) return file
    // What has the form of a file is one that is missing, or an older page's: the page in its place would only confuse.
    if (/^assets\/|\.\w{1,5}$/.test(name)) return new Response('not found\n', { status: 404 })
    // Nobody is refused a page, which says nothing; but the embedding app may want to send them elsewhere.
    const who = core.auth.external ? await core.auth.identify(c.req.raw, visitFrom(core, c)) : undefined
    if (who instanceof Response) return who
    return files.page({ basePath: c.env.basePath, version: core.version })
  })

  app.notFound((c) => {
    const message = `there is no ${c.req.method} ${c.req.path}`
    return problemResponse(new Problem(404, { code: 'NOT_FOUND', message }))
  })
  app.onError((error) => {
    const problem = toProblem(error)
    if (problem.status === 500) onError(error)
    return protectedAnswer(problemResponse(problem))
  })
  return app
}

async function answer(core: Core, route: Route, c: Context<Env>): Promise<Reply | Response> {
  const request = c.req.raw
  const visit = visitFrom(core, c)
  if (visit.crossSite !== undefined) throw refusedProblem(visit.crossSite, signInOf(core))
  const identity = route.access === 'open' ? undefined : await core.auth.identify(request, visit)
  if (identity instanceof Response) return identity
  if (identity instanceof Refused) throw refusedProblem(identity, signInOf(core))
  const { basePath } = c.env
  const parts = { core, route, request, visit, basePath, identity, params: c.req.param() }
  const call = await callOf(parts).catch(async (error: unknown) => {
    await recordRefusal(parts, error)
    throw error
  })
  try {
    return await route.handle(call)
  } finally {
    if (route.method !== 'GET') {
      // Whoever changes something sees it changed by the next look.
      core.queries.forget()
      core.auth.forget()
    }
  }
}

/** Whoever is known and tries what they may not leaves a row too. What is only looked at leaves none. */
async function recordRefusal({ core, route, identity, visit, params }: CallParts, error: unknown): Promise<void> {
  if (!(error instanceof Problem) || error.status !== 403 || identity === undefined || route.method === 'GET') return
  const { permission = route.path } = error.body
  const target = Object.values(params)[0] ?? ''
  await core.auth.audit.record({
    actor: identity,
    action: permission,
    target,
    address: visit.address,
    result: error.code,
  })
}

function visitFrom(core: Core, c: Context<Env>): Visit {
  const { basePath, remote } = c.env
  const { trustProxy } = core.settings.dashboard
  return visitOf(c.req.raw, remote, { basePath: basePath === '' ? '/' : basePath, trustProxy })
}

async function mayReadMetrics(core: Core, c: Context<Env>): Promise<void> {
  if (core.settings.dashboard.metrics === 'open') return
  const identity = await core.auth.identify(c.req.raw, visitFrom(core, c))
  if (identity instanceof Response) {
    throw new Problem(401, { code: 'SIGN_IN_REQUIRED', message: 'metrics need an API token with metrics.read' })
  }
  const refused = identity instanceof Refused ? identity : lacks(identity, 'metrics.read')
  if (refused !== undefined) throw refusedProblem(refused, signInOf(core))
}

function signInOf(core: Core): 'password' | 'external' {
  return core.auth.external ? 'external' : 'password'
}

function toResponse(route: Route, reply: Reply | Response): Response {
  if (reply instanceof Response) return reply
  const { status = 200, text, bytes, headers } = reply
  const own = { 'cache-control': 'no-store', ...headers }
  if (text !== undefined) {
    return new Response(text, { status, headers: { 'content-type': `${route.answer}; charset=utf-8`, ...own } })
  }
  if (bytes === undefined) return json(status, reply.json, own)
  // A read's answer is JSON already, and a buffer of its own.
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    status,
    headers: { 'content-type': 'application/json', ...own },
  })
}

function json(
  status: number,
  value: unknown,
  headers: Record<string, string> = { 'cache-control': 'no-store' },
): Response {
  return new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json', ...headers } })
}

/** With the headers that every answer has; a copy where its own cannot be changed, as those of a redirect. */
function protectedAnswer(answer: Response): Response {
  const response = isChangeable(answer) ? answer : new Response(answer.body, answer)
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value)
  return response
}

function isChangeable({ headers }: Response): boolean {
  try {
    headers.delete('x-offstage')
    return true
  } catch {
    return false
  }
}

function problemResponse({ status, body }: Problem): Response {
  const { retryAfterMs } = body
  const wait = retryAfterMs === undefined ? undefined : String(Math.max(1, Math.ceil(retryAfterMs / 1_000)))
  return json(
    status,
    { error: body },
    { 'cache-control': 'no-store', ...(wait === undefined ? {} : { 'retry-after': wait }) },
  )
}
