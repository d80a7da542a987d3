import type { AccessStore } from '../../../store/access.ts'
import { Kept } from '../kept.ts'
import { Audit } from './audit.ts'
import { type Authorize, identify } from './identify.ts'
import type { Identity } from './identity.ts'
import { Links } from './links.ts'
import { type Cost, Passwords } from './password.ts'
import type { ReadOnly } from './permissions.ts'
import { hashSecret } from './random-secret.ts'
import { Refused } from './refused.ts'
import { SESSION_TIMES, Sessions, type SessionTimes } from './sessions.ts'
import { SignIn } from './sign-in.ts'
import { Tokens } from './tokens.ts'
import { Users } from './users.ts'
import type { Visit } from './visit.ts'

export interface AuthOptions {
  access: AccessStore
  /** Nobody can change anything, and nobody can switch that off here. */
  readOnly?: boolean
  sessions?: Partial<SessionTimes>
  /** The embedding app's own answer to who makes a request: there are no sessions and no sign-in then. */
  authorize?: Authorize | undefined
  /** ms since 1970; the machine's clock by default. */
  now?: () => number
  /** What a password's hash costs; lower for tests only. */
  passwordCost?: Cost
}

/** Browsers that are known for a moment: a page asks several things at once. */
const MOST_KNOWN = 1_000

/** The name of the setting that switches changes off, for `access.setSetting`. */
export const READ_ONLY_SETTING = 'readOnly'

/**
 * Who makes a request and what they may do: the one thing that the server of the dashboard needs of this folder.
 * `docs/access.md` shows how it is used.
 */
export class Auth {
  readonly access: AccessStore
  readonly audit: Audit
  readonly links: Links
  readonly signIn: SignIn
  readonly tokens: Tokens
  readonly users: Users
  /** The embedding app says who is who: no sign-in, no users, no sessions here. */
  readonly external: boolean
  readonly #options: AuthOptions
  readonly #sessions: Sessions
  /** Whose browsers are, by the hash of their cookie. */
  readonly #known = new Kept<Identity | Refused | Response>(MOST_KNOWN)
  readonly #now: () => number

  constructor(options: AuthOptions) {
    const { access, now = Date.now, authorize } = options
    const passwords = new Passwords(options.passwordCost)
    this.access = access
    this.external = authorize !== undefined
    this.#options = options
    this.#now = now
    this.#sessions = new Sessions(access, now, { ...SESSION_TIMES, ...options.sessions })
    this.audit = new Audit(access, now)
    this.links = new Links(access, now)
    this.users = new Users(access, this.audit, this.links, passwords, now)
    this.tokens = new Tokens(access, this.audit, now)
    this.signIn = new SignIn(access, this.audit, this.links, passwords, this.#sessions, now)
  }

  /**
   * Who makes a request; why nobody; or what the embedding app answers instead.
   * @param visit What `visitOf` says of it.
   */
  async identify(request: Request, visit: Visit): Promise<Identity | Refused | Response> {
    if (visit.crossSite !== undefined) return visit.crossSite
    const { access, authorize } = this.#options
    const options = { access, authorize, sessions: this.#sessions, now: this.#now }
    const find = async () => await identify(request, visit, await this.readOnly(), options)
    const { cookie } = visit
    const isBrowser = cookie !== undefined && authorize === undefined && !request.headers.has('authorization')
    if (!isBrowser || request.method !== 'GET') return await find()
    // To find it out takes three questions, one after the other. Who is refused is looked for again the next time.
    return await this.#known.of(hashSecret(cookie), find, (who) => !(who instanceof Refused))
  }

  /** Something was changed: who may look at what is asked again. */
  forget(): void {
    this.#known.forget()
  }

  async readOnly(): Promise<ReadOnly> {
    if (this.#options.readOnly === true) return 'config'
    return (await this.access.setting(READ_ONLY_SETTING)) === true ? 'setting' : false
  }
}
