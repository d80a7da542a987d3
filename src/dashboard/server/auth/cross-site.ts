import { Refused } from './refused.ts'
import type { OwnOrigin, RequestHeaders } from './request-origin.ts'

/** Methods that change nothing here: no route may do otherwise. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses a changing request that another site's page may have made with this browser's cookie. Browsers say where a
 * request comes from in `Sec-Fetch-Site`; over plain HTTP to anything but localhost they leave it out, and `Origin` has
 * to be our own. A request with a bearer token is none that a page of another site can make.
 */
export function crossSite(method: string, headers: RequestHeaders, own: OwnOrigin): Refused | undefined {
  if (SAFE.has(method.toUpperCase()) || bearerToken(headers) !== undefined) return undefined
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin' ? undefined : refused(`Sec-Fetch-Site is ${site.slice(0, 20)}`)
  const origin = headers.get('origin')
  if (origin === null) return refused('it has neither Sec-Fetch-Site nor Origin')
  return isOwn(origin, own) ? undefined : refused('its Origin is not the address of this server')
}

/** What stands behind `Authorization: Bearer`; undefined when there is no such header. */
export function bearerToken(headers: RequestHeaders): string | undefined {
  return /^bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '')?.[1]
}

function isOwn(origin: string, own: OwnOrigin): boolean {
  const [, scheme, host] = /^(https?):\/\/([^/?#@\s]+)$/i.exec(origin) ?? []
  if (scheme === undefined || host === undefined || own.host === '') return false
  // Not the other way round: what looks like plain HTTP here may be TLS in front of a proxy that we do not know of.
  if (own.secure && scheme.toLowerCase() !== 'https') return false
  return host.toLowerCase().replace(/:(80|443)$/, '') === own.host
}

function refused(reason: string): Refused {
  return new Refused(
    'CROSS_SITE',
    `this request may come from another site: ${reason}; behind a proxy, pass Host on or set trustProxy; scripts use an API token`,
  )
}
