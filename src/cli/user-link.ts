import { parseDuration } from '../core/duration.ts'
import { OffstageError } from '../core/errors.ts'
import { linkUrl, SIGN_IN_LINK_MS } from '../dashboard/server/auth/links.ts'
import type { User } from '../store/access.ts'
import { checkAddress, dashboardAddress } from './dashboard-address.ts'
import { note, print } from './output.ts'
import { ago } from './time-text.ts'
import { accepted, type UserSession } from './user-session.ts'

export interface LinkOptions {
  url?: string
  validFor?: string
}

/** A link to sign in by, once. */
export interface SignInLink {
  email: string
  url: string
  expiresAt: Date
}

const LONGEST_DAYS = 7

/** @throws OffstageError OPTION_INVALID */
export async function makeLink(session: UserSession, user: User, options: LinkOptions): Promise<SignInLink> {
  const { auth, by, address, dashboard } = session
  const { validMs, url = dashboardAddress(dashboard) } = checkLinkOptions(options)
  const link = accepted(await auth.users.link(by, user.id, address, validMs))
  return { email: user.email, url: linkUrl(url, link), expiresAt: link.invitation.expiresAt }
}

/**
 * For before anything is changed.
 * @throws OffstageError OPTION_INVALID when the time or the address make no sense.
 */
export function checkLinkOptions({ url, validFor }: LinkOptions): { validMs: number; url?: string } {
  const validMs = validFor === undefined ? SIGN_IN_LINK_MS : parseDuration(validFor, '--valid-for')
  if (validMs <= 0 || validMs > LONGEST_DAYS * 86_400_000) {
    throw new OffstageError('OPTION_INVALID', `--valid-for is ${JSON.stringify(validFor)}: use up to ${LONGEST_DAYS}d`)
  }
  return url === undefined ? { validMs } : { validMs, url: checkAddress(url, '--url') }
}

export function linkJson(link: SignInLink | undefined): object {
  return { link: link?.url ?? null, linkExpiresAt: link?.expiresAt ?? null }
}

/** The link alone on stdout, for a pipe; what it is on stderr. */
export function printLink({ email, url, expiresAt }: SignInLink): void {
  note(`this link signs in as ${email}, once, and expires ${ago(expiresAt)}:`)
  print(url)
}
