/**
 * Where a request came in, and from where. Behind a proxy only the proxy knows: its `X-Forwarded-…` headers are
 * believed as far as `trustProxy` says, since anybody else can send them too.
 */

/** How many proxies of one's own stand before the server; `true` is one, `false` none. */
export type TrustProxy = boolean | number

export interface RequestHeaders {
  get(name: string): string | null
}

export interface OwnOrigin {
  /** As the browser sees it: `jobs.example.org`, `127.0.0.1:8787`. In lower case; empty when it is not known. */
  host: string
  /** True when the browser is known to speak TLS. False may only mean that a proxy does so for us. */
  secure: boolean
}

/**
 * @param url The request's own URL, as the server made it of its connection and `Host`.
 */
export function ownOrigin(headers: RequestHeaders, url: string, trustProxy: TrustProxy): OwnOrigin {
  const hops = hopsOf(trustProxy)
  const { protocol, host } = new URL(url)
  const forwarded = fromRight(headers.get('x-forwarded-host'), hops)
  const scheme = fromRight(headers.get('x-forwarded-proto'), hops)
  return {
    host: normalHost(forwarded ?? headers.get('host') ?? host),
    secure: (scheme ?? protocol.replace(':', '')).toLowerCase() === 'https',
  }
}

/**
 * The address of who asks: of the connection, or what the outermost proxy of one's own saw; empty when that is no
 * address. At most 64 characters.
 */
export function clientAddress(headers: RequestHeaders, remote: string | undefined, trustProxy: TrustProxy): string {
  const seen = fromRight(headers.get('x-forwarded-for'), hopsOf(trustProxy)) ?? remote ?? ''
  // Some proxies add the port, and a socket for both families writes IPv4 in its own way.
  const [, bare = seen] = /^\[(.+)\](?::\d+)?$/.exec(seen) ?? /^([\d.]+):\d+$/.exec(seen) ?? []
  const address = bare.replace(/^::ffff:(?=[\d.]+$)/i, '')
  return /^[\w.:%-]{1,64}$/.test(address) ? address : ''
}

function hopsOf(trustProxy: TrustProxy): number {
  return typeof trustProxy === 'number' ? Math.max(0, Math.floor(trustProxy)) : trustProxy ? 1 : 0
}

/**
 * Each proxy adds what it saw at the right end, so the n-th from there is what the n-th proxy from here saw. A header
 * that is shorter was set by fewer: its first entry is the best there is.
 */
function fromRight(header: string | null, hops: number): string | undefined {
  if (hops === 0 || header === null) return undefined
  const entries = header.split(',').map((entry) => entry.trim())
  return entries[Math.max(0, entries.length - hops)] || undefined
}

/** Without the port that the scheme has anyway, as browsers write it. */
function normalHost(host: string): string {
  return host.toLowerCase().replace(/:(80|443)$/, '')
}
