import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { DashboardConfig } from '../../src/core/dashboard-settings.ts'
import { ENGINE } from '../../src/core/engine-symbol.ts'
import { newId } from '../../src/core/id.ts'
import type { LogsConfig } from '../../src/core/settings.ts'
import type { Dashboard, DashboardOptions } from '../../src/dashboard/dashboard.ts'
import { Links } from '../../src/dashboard/server/auth/links.ts'
import { allow, currentJob, defineOffstage } from '../../src/index.ts'
import type { Role } from '../../src/store/access.ts'
import type { Store } from '../../src/store/store.ts'

/** What the jobs of the dashboard's tests do. */
export class ReportJob {
  build({ plan = 'paid', fail = false }: { plan?: string; fail?: boolean } = {}): string {
    console.log(`building for ${plan}`)
    if (fail || plan === 'free') throw new TypeError(`no report for ${plan}`)
    return `report of ${plan}`
  }
  async hold(): Promise<void> {
    const { signal } = currentJob()
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  mail(_letter: { to: string; token?: string | undefined }): void {}
  echo(text: string): string {
    return text
  }
}

const inline = { isolation: 'inline', retries: 0 } as const
const letter = z.tuple([z.object({ to: z.string().min(1), token: z.string().optional() })])

export interface TestAppOptions {
  dashboard?: DashboardOptions
  config?: DashboardConfig
  logs?: LogsConfig
  schedules?: Record<string, readonly [string, string, string, ...unknown[]]>
  /** `sqlite::memory:`, or another database than a file in the app's folder. */
  database?: string
  /** Serve nothing: the test mounts the dashboard itself. */
  unserved?: boolean
}

/** An app with jobs and a dashboard on a real server. `await using` closes and removes it. */
export async function testApp(options: TestAppOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'offstage-dashboard-'))
  const file = (name: string) => join(folder, name)
  const offstage = defineOffstage({
    database: options.database ?? `sqlite:${file('jobs.db')}`,
    jobs: [allow(ReportJob, { build: inline, hold: inline, echo: inline, mail: { ...inline, args: letter } })],
    logs: { file: file('jobs.log'), errorFile: file('errors.log'), ...options.logs },
    worker: { poll: '50ms', grace: '200ms' },
    dashboard: options.config ?? {},
    schedules: (options.schedules ?? {}) as never,
  })
  const dashboard = offstage.dashboard(options.dashboard)
  const server = options.unserved ? undefined : await serve(dashboard)
  const base = server === undefined ? '' : `${addressOf(server)}${options.dashboard?.basePath ?? ''}`
  return {
    offstage,
    dashboard,
    folder,
    file,
    base,
    store: (): Promise<Store> => offstage[ENGINE].store(),
    client: (token?: string) => new Client(base, token),
    /** A browser that is signed in, by a link, as a new user of this role. */
    async signedIn(role: Role | readonly string[]): Promise<Client> {
      const store = await this.store()
      const user = await addUser(store, role)
      const { secret } = await new Links(store.access, Date.now).toSignIn(user, null)
      const client = new Client(base)
      const { status, body } = await client.post('/api/sign-in/link', { link: secret })
      if (status !== 200) throw new Error(`no sign-in: ${status} ${JSON.stringify(body)}`)
      return client
    },
    async [Symbol.asyncDispose]() {
      await offstage.close()
      server?.closeAllConnections()
      await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())))
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

export type TestApp = Awaited<ReturnType<typeof testApp>>

export async function addUser(store: Store, role: Role | readonly string[]) {
  const named = typeof role === 'string'
  const user = {
    id: newId(),
    email: `${newId()}@example.org`,
    name: named ? role : 'custom',
    password: null,
    role: named ? (role as Role) : ('viewer' as const),
    permissions: named ? null : (role as readonly string[]),
    createdAt: new Date(),
    disabledAt: null,
  }
  await store.access.addUser(user)
  return user
}

export async function serve(dashboard: Dashboard): Promise<Server> {
  const server = createServer((request, response) => void dashboard.node(request, response))
  return await listening(server)
}

export async function listening(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

export function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export interface Answer {
  status: number
  headers: Headers
  text: string
  // What an answer holds is the test's to know.
  // biome-ignore lint/suspicious/noExplicitAny: as JSON.parse gives it
  body: any
}

/** What a browser or a script sends: it keeps its cookie. */
export class Client {
  readonly base: string
  readonly #token: string | undefined
  cookie = ''

  constructor(base: string, token?: string) {
    this.base = base
    this.#token = token
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, undefined, headers)
  }

  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, body, headers)
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await this.raw(method, path, body, headers)
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
    const { status } = response
    return { status, headers: response.headers, text, body: isJson && text !== '' ? JSON.parse(text) : undefined }
  }

  async raw(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        origin: new URL(this.base).origin,
        ...(this.cookie === '' ? {} : { cookie: this.cookie }),
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    })
    const set = response.headers.getSetCookie()[0]
    if (set !== undefined) this.cookie = set.split(';')[0] ?? ''
    return response
  }
}
