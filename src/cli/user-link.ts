import { parseDuration } from '../core/duration.ts'
import { OffstageError } from '../core/errors.ts'
import { type Link, linkUrl, SIGN_IN_LINK_MS } from '../dashboard/server/auth/links.ts'
import type { User } from '../store/access.ts'
import { dashboardAddress } from './dashboard-address.ts'
import { note, print } from './output.ts'
import { ago } from './time-text.ts'
import { accepted, type UserSession } from './user-session.ts'

export interface LinkOptions {
  url?: string
  validFor?: string
}

const LONGEST_DAYS = 7

/** A link to sign in by, once. @throws OffstageError OPTION_INVALID */
export async function makeLink({ auth, by, address }: UserSession, user: User, options: LinkOptions): Promise<Link> {
  return accepted(await auth.users.link(by, user.id, address, checkLinkOptions(options)))
}

/**
 * For before anything is changed: how long a link is to be good, in ms.
 * @throws OffstageError OPTION_INVALID when its time or its address make no sense.
 */
export function checkLinkOptions({ url, validFor }: LinkOptions): number {
  dashboardAddress(url)
  const ms = validFor === undefined ? SIGN_IN_LINK_MS : parseDuration(validFor, '--valid-for')
  if (ms > 0 && ms <= LONGEST_DAYS * 86_400_000) return ms
  throw new OffstageError('OPTION_INVALID', `--valid-for is ${JSON.stringify(validFor)}: use up to ${LONGEST_DAYS}d`)
}

export function linkJson(link: Link | undefined, { url }: LinkOptions): object {
  if (link === undefined) return { link: null, linkExpiresAt: null }
  return { link: linkUrl(dashboardAddress(url), link), linkExpiresAt: link.invitation.expiresAt }
}

/** The link alone on stdout, for a pipe; what it is on stderr. */
export function printLink(link: Link, { url }: LinkOptions): void {
  note(`this link signs in as ${link.invitation.email}, once, and expires ${ago(link.invitation.expiresAt)}:`)
  print(linkUrl(dashboardAddress(url), link))
}
