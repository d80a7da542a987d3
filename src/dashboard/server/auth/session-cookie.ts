import type { OwnOrigin, RequestHeaders } from './request-origin.ts'

/** Where the cookie is for: the address of the server, and the path that the dashboard is mounted at. */
export interface CookiePlace {
  origin: OwnOrigin
  /** `/`, or as `/admin/jobs`. */
  basePath: string
}

/**
 * The name tells dashboards apart that share a host: by their path, and by their port where that is how they differ,
 * since browsers send a cookie to every port. `__Host-` keeps other hosts of the domain from setting it.
 */
export function cookieName({ origin, basePath }: CookiePlace): string {
  const path = basePath.replace(/^\/+|\/+$/g, '').replace(/[^\w]+/g, '_')
  const port = /:(\d+)$/.exec(origin.host)?.[1]
  const name = ['offstage', port, path].filter(Boolean).join('-')
  return origin.secure ? `__Host-${name}` : name
}

/** The value of the session's cookie in a request. */
export function readCookie(headers: RequestHeaders, place: CookiePlace): string | undefined {
  const name = cookieName(place)
  for (const pair of (headers.get('cookie') ?? '').split(';')) {
    const sign = pair.indexOf('=')
    if (sign > 0 && pair.slice(0, sign).trim() === name) return pair.slice(sign + 1).trim() || undefined
  }
  return undefined
}

/** The text of a `Set-Cookie` header that keeps `value` in the browser for so long. */
export function setCookie(place: CookiePlace, value: string, maxAgeMs: number): string {
  const { origin, basePath } = place
  // A cookie whose name begins with __Host- has to be for the whole host.
  const path = origin.secure ? '/' : basePath
  const secure = origin.secure ? '; Secure' : ''
  const seconds = Math.max(0, Math.floor(maxAgeMs / 1_000))
  // Lax, not Strict: a link to the dashboard in an alert has to find one signed in; what changes something is kept
  // from other sites by `crossSite`.
  return `${cookieName(place)}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`
}

/** The text of a `Set-Cookie` header that takes it away. */
export function clearCookie(place: CookiePlace): string {
  return setCookie(place, '', 0)
}
