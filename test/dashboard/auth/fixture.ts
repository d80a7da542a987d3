import { Auth, type AuthOptions } from '../../../src/dashboard/server/auth/auth.ts'
import { type Identity, makeIdentity } from '../../../src/dashboard/server/auth/identity.ts'
import { type Cost, Passwords } from '../../../src/dashboard/server/auth/password.ts'
import { permissionsOf } from '../../../src/dashboard/server/auth/permissions.ts'
import { Refused } from '../../../src/dashboard/server/auth/refused.ts'
import { type Visit, visitOf } from '../../../src/dashboard/server/auth/visit.ts'
import type { AccessStore, Role, User } from '../../../src/store/access.ts'
import { openStore } from '../../../src/stores/open.ts'
import { ManualClock } from '../../../src/testing/manual-clock.ts'
import { addUser } from '../../../src/testing/store-suite/access-rows.ts'
import { temporaryFolder } from '../../stores/sqlite/temporary.ts'

/** Quick, and as good as any where the cost itself is not what is tested. */
export const CHEAP = { ln: 4, r: 8, p: 1 }
export const PASSWORD = 'a sentence of some words'
export const ADDRESS = '203.0.113.7'

/** Signing in on a new SQLite file, with a clock that a test moves. */
export class AuthFixture implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly access: AccessStore
  readonly auth: Auth
  readonly #cost: Cost
  readonly #close: () => Promise<void>

  private constructor(access: AccessStore, options: Partial<AuthOptions>, close: () => Promise<void>) {
    this.access = access
    this.#cost = options.passwordCost ?? CHEAP
    this.auth = new Auth({ access, now: this.clock.now, ...options, passwordCost: this.#cost })
    this.#close = close
  }

  static async open(options: Partial<AuthOptions> = {}): Promise<AuthFixture> {
    const folder = await temporaryFolder()
    const store = await openStore(`sqlite:${folder.file('jobs.db')}`)
    await store.migrate()
    return new AuthFixture(store.access, options, async () => {
      await store.close()
      await folder[Symbol.asyncDispose]()
    })
  }

  /** A request as a browser on the dashboard's own pages makes it. */
  request(headers: Record<string, string> = {}, url = 'http://127.0.0.1:8787/api/jobs', method = 'POST'): Request {
    const own = { host: new URL(url).host, 'sec-fetch-site': 'same-origin', 'user-agent': 'Browser/1' }
    return new Request(url, { method, headers: { ...own, ...headers } })
  }

  visit(headers: Record<string, string> = {}, address: string = ADDRESS): Visit {
    return visitOf(this.request(headers), address, { basePath: '/', trustProxy: false })
  }

  /** Who a request is from, by the headers that tell it. */
  async who(headers: Record<string, string>): Promise<Identity | Refused | Response> {
    const request = this.request(headers)
    const visit = visitOf(request, ADDRESS, { basePath: '/', trustProxy: false })
    return await this.auth.identify(request, visit)
  }

  /** A user with {@link PASSWORD}. */
  async user(role: Role, changed: Partial<User> = {}): Promise<User> {
    const password = await new Passwords(this.#cost).hash(PASSWORD)
    return await addUser(this.access, { role, password, ...changed })
  }

  /** A user without a password, who need not be hashed for. */
  async bare(role: Role, changed: Partial<User> = {}): Promise<User> {
    return await addUser(this.access, { role, ...changed })
  }

  async signedIn(user: User, visit: Visit = this.visit()): Promise<{ cookie: string; identity: Identity }> {
    const { setCookie } = accepted(
      await this.auth.signIn.withPassword(visit, { email: user.email, password: PASSWORD }),
    )
    const cookie = setCookie.split(';')[0] ?? ''
    return { cookie, identity: accepted(await this.who({ cookie })) as Identity }
  }

  /** The audit log, the oldest first, in short. */
  async told(): Promise<string[]> {
    const entries = (await this.access.auditLog({ limit: 100 })).toReversed()
    return entries.map(({ actorName, action, target, result }) => `${actorName}: ${action} ${target} ${result}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}

/** Somebody with a role, as a user who is signed in. */
export function as(user: User): Identity {
  const { id, name, email, role } = user
  return makeIdentity({ kind: 'user', id, name, email, role, granted: permissionsOf(user) }, false)
}

export function accepted<Value>(value: Value | Refused): Value {
  if (value instanceof Refused) throw new Error(`refused: ${value.code} ${value.message}`)
  return value
}

/** The code of a refusal; what was not refused has none. */
export function codeOf(value: unknown): string | undefined {
  return value instanceof Refused ? value.code : undefined
}
