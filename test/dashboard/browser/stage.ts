import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { DashboardConfig } from '../../../src/core/dashboard-settings.ts'
import { ENGINE } from '../../../src/core/engine-symbol.ts'
import { Links } from '../../../src/dashboard/server/auth/links.ts'
import { allow, currentJob, defineOffstage } from '../../../src/index.ts'
import type { Role } from '../../../src/store/access.ts'
import { addUser, Client } from '../app.ts'

/** Held jobs run until they are let go. */
export const held = new Set<() => void>()

export class Mailer {
  async welcome({ email, plan }: { email: string; plan: 'free' | 'pro' | 'team'; token?: string }) {
    const { log } = currentJob()
    log(`sending to ${email}`)
    if (plan === 'free') {
      console.warn('no answer from the mail server')
      throw new Error(`The mail server does not answer (${email})`)
    }
    return { accepted: [email] }
  }
}

export class ReportJob {
  async build(month: number, { broken = false }: { broken?: boolean } = {}) {
    const { progress, log } = currentJob()
    for (let page = 1; page <= 4; page += 1) {
      log(`page ${page} of 4`)
      progress(page / 4)
    }
    if (broken) this.render(undefined as never)
    return { month, pages: 4 }
  }

  render(page: { title: string }): string {
    return page.title.toUpperCase()
  }

  /** Runs until it is let go or cancelled, and says something again and again. */
  async hold(): Promise<string> {
    const { signal, log, progress } = currentJob()
    let line = 0
    const timer = setInterval(() => {
      line += 1
      log(`line ${line}`)
      progress({ done: line, total: 100 })
    }, 100)
    try {
      return await new Promise((resolve, reject) => {
        held.add(() => resolve('let go'))
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    } finally {
      clearInterval(timer)
    }
  }
}

export class Hostile {
  async speak(text: string, how: 'fails' | 'returns') {
    const { log, progress } = currentJob()
    log(text)
    progress({ note: text })
    if (how === 'returns') return text
    throw Object.assign(new Error(text), { code: text.slice(0, 100), name: text.slice(0, 100) })
  }
}

const inline = { isolation: 'inline', retries: 0 } as const
const letter = z.tuple([
  z.object({ email: z.email(), plan: z.enum(['free', 'pro', 'team']), token: z.string().optional() }),
])

export interface StageOptions {
  config?: DashboardConfig
  /** Without it, jobs wait until `work()` is called. */
  working?: boolean
  schedules?: Record<string, readonly [string, string, string, ...unknown[]]>
}

/** An app with jobs, a worker, a database and a dashboard on a real server, which can go away and come back. */
export async function openStage({ config = {}, working = true, schedules = {} }: StageOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'offstage-stage-'))
  const offstage = defineOffstage({
    database: `sqlite:${join(folder, 'jobs.db')}`,
    jobs: [
      allow(Mailer, { welcome: { ...inline, args: letter as never } }),
      allow(ReportJob, { build: { ...inline, retries: 1, backoff: '10ms' }, hold: inline }),
      allow(Hostile, { speak: inline }),
    ],
    logs: { file: join(folder, 'jobs.log'), errorFile: join(folder, 'errors.log') },
    worker: { poll: '50ms', grace: '200ms', concurrency: { inline: 20 } },
    dashboard: config,
    schedules: schedules as never,
  })
  const dashboard = offstage.dashboard()
  let server = await serve(0)
  const { port } = server.address() as AddressInfo
  const base = `http://127.0.0.1:${port}`

  async function serve(on: number): Promise<Server> {
    const started = createServer((request, response) => void dashboard.node(request, response))
    await new Promise<void>((resolve) => started.listen(on, '127.0.0.1', resolve))
    return started
  }
  async function unserve(): Promise<void> {
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  if (working) await offstage.start()

  return {
    offstage,
    base,
    folder,
    store: () => offstage[ENGINE].store(),
    work: () => offstage.start(),
    /** The server is gone, as when its machine restarts; the same address answers again after `comeBack`. */
    goAway: unserve,
    async comeBack() {
      server = await serve(port)
    },
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
      for (const letGo of held) letGo()
      held.clear()
      await offstage.close()
      await unserve()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

export type Stage = Awaited<ReturnType<typeof openStage>>
