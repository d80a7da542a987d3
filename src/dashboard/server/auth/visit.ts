import { crossSite } from './cross-site.ts'
import type { Refused } from './refused.ts'
import { clientAddress, ownOrigin, type TrustProxy } from './request-origin.ts'
import { type CookiePlace, readCookie } from './session-cookie.ts'
import type { Client } from './sessions.ts'

/** What is known of a request before anybody asks whose it is. */
export interface Visit extends Client {
  place: CookiePlace
  /** The session cookie that came with it, good or not. */
  cookie: string | undefined
  /** Why it is not to be met, whoever makes it: it may be another site's. */
  crossSite: Refused | undefined
}

export interface VisitOptions {
  /** The path that the dashboard is mounted at: `/`, or as `/admin/jobs`. */
  basePath: string
  /** How many proxies of one's own stand before the server. */
  trustProxy: TrustProxy
}

/**
 * Every request goes through this, sign-in too; where `crossSite` says why not, it is refused.
 * @param remote The address at the other end of the connection.
 */
export function visitOf(request: Request, remote: string | undefined, options: VisitOptions): Visit {
  const { headers, method, url } = request
  const place = { origin: ownOrigin(headers, url, options.trustProxy), basePath: options.basePath }
  return {
    address: clientAddress(headers, remote, options.trustProxy),
    agent: headers.get('user-agent') ?? '',
    place,
    cookie: readCookie(headers, place),
    crossSite: crossSite(method, headers, place.origin),
  }
}
