import { describe, expect, test } from 'vitest'
import { bearerToken, crossSite } from '../../../src/dashboard/server/auth/cross-site.ts'
import { clientAddress, ownOrigin } from '../../../src/dashboard/server/auth/request-origin.ts'

const SITES = [undefined, 'same-origin', 'same-site', 'cross-site', 'none', ''] as const
const ORIGINS = [
  undefined,
  'http://jobs.example.org:8787',
  'HTTP://JOBS.example.org:8787',
  'https://jobs.example.org:8787',
  'http://jobs.example.org',
  'http://evil.example',
  'http://jobs.example.org:8787.evil.example',
  'http://evil.example/jobs.example.org:8787',
  'http://user@jobs.example.org:8787',
  'jobs.example.org:8787',
  'null',
  '',
] as const
const OWN = new Set<string | undefined>(ORIGINS.slice(1, 4))
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'post', 'PROPFIND'] as const
const BEARERS = [undefined, 'Bearer offstage_x', 'Basic dXNlcjpwYXNz'] as const

const own = { host: 'jobs.example.org:8787', secure: false }

function headers(given: Record<string, string | undefined>): Headers {
  return new Headers(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

describe('a request from another site', () => {
  const cases = METHODS.flatMap((method) =>
    SITES.flatMap((site) =>
      ORIGINS.flatMap((origin) => BEARERS.map((authorization) => ({ method, site, origin, authorization }))),
    ),
  )

  test(`is refused in each of ${cases.length} combinations of method, Sec-Fetch-Site, Origin and token`, () => {
    for (const { method, site, origin, authorization } of cases) {
      const allowed =
        ['GET', 'HEAD', 'OPTIONS'].includes(method) ||
        authorization?.startsWith('Bearer ') === true ||
        (site === undefined ? OWN.has(origin) : site === 'same-origin')
      const refused = crossSite(method, headers({ 'sec-fetch-site': site, origin, authorization }), own)
      expect([method, site, origin, authorization, refused === undefined]).toEqual([
        method,
        site,
        origin,
        authorization,
        allowed,
      ])
      if (refused !== undefined) expect([refused.status, refused.code]).toEqual([403, 'CROSS_SITE'])
    }
  })

  test.each([
    ['http://jobs.example.org', { host: 'jobs.example.org', secure: true }, false],
    ['https://jobs.example.org', { host: 'jobs.example.org', secure: true }, true],
    ['https://jobs.example.org:443', { host: 'jobs.example.org', secure: true }, true],
    // A proxy that we do not know of may speak TLS for us.
    ['https://jobs.example.org', { host: 'jobs.example.org', secure: false }, true],
    ['http://[::1]:8787', { host: '[::1]:8787', secure: false }, true],
    ['http://127.0.0.1:8787', { host: 'localhost:8787', secure: false }, false],
    ['http://', { host: '', secure: false }, false],
  ])('Origin %s to %j is our own: %s', (origin, place, isOwn) => {
    expect(crossSite('POST', headers({ origin }), place) === undefined).toBe(isOwn)
  })

  test.each([
    ['Bearer abc', 'abc'],
    ['bearer   abc ', 'abc'],
    ['Bearer', undefined],
    ['Bearer ', undefined],
    ['Bearer a b', undefined],
    ['Basic abc', undefined],
  ])('the token of "%s" is %s', (authorization, token) => {
    expect(bearerToken(headers({ authorization }))).toBe(token)
  })
})

describe('where a request came in', () => {
  const url = 'http://10.0.0.5:8787/api/me'
  const proxied = {
    host: 'internal:8787',
    'x-forwarded-host': 'Jobs.Example.org',
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '203.0.113.7',
  }

  test('is what the request says itself, and no proxy is believed unless it is trusted', () => {
    expect(ownOrigin(headers(proxied), url, false)).toEqual({ host: 'internal:8787', secure: false })
    expect(ownOrigin(headers(proxied), url, 0)).toEqual({ host: 'internal:8787', secure: false })
    expect(ownOrigin(headers(proxied), url, true)).toEqual({ host: 'jobs.example.org', secure: true })
    expect(ownOrigin(headers({}), url, false)).toEqual({ host: '10.0.0.5:8787', secure: false })
    expect(ownOrigin(headers({ host: 'a.example:443' }), 'https://a.example/', false)).toEqual({
      host: 'a.example',
      secure: true,
    })
  })

  test.each([
    ['of the connection', undefined, '198.51.100.1', false, '198.51.100.1'],
    ['of the connection, whatever the header says', '203.0.113.7', '198.51.100.1', false, '198.51.100.1'],
    ['what the proxy saw', '203.0.113.7', '127.0.0.1', true, '203.0.113.7'],
    ['what the proxy saw, not what it was told', '1.2.3.4, 203.0.113.7', '127.0.0.1', true, '203.0.113.7'],
    ['what the outer of two proxies saw', '1.2.3.4, 203.0.113.7, 10.0.0.1', '127.0.0.1', 2, '203.0.113.7'],
    ['the best there is when one proxy was passed by', '203.0.113.7', '127.0.0.1', 2, '203.0.113.7'],
    ['the connection when the proxy says nothing', undefined, '127.0.0.1', true, '127.0.0.1'],
    ['without the port that some proxies add', '203.0.113.7:51234', '127.0.0.1', true, '203.0.113.7'],
    ['without brackets', '[2001:db8::1]:51234', '127.0.0.1', true, '2001:db8::1'],
    ['without brackets and port', '[2001:db8::1]', '127.0.0.1', true, '2001:db8::1'],
    ['IPv4, where a socket is for both', undefined, '::ffff:198.51.100.1', false, '198.51.100.1'],
    ['IPv6', undefined, '2001:db8::1', false, '2001:db8::1'],
    ['empty when it is none', '<script>', '127.0.0.1', true, ''],
    ['empty when it is far too long', 'a'.repeat(65), '127.0.0.1', true, ''],
    ['empty when there is none', undefined, undefined, false, ''],
  ])('the address is %s', (_, forwarded, remote, trust, address) => {
    expect(clientAddress(headers({ 'x-forwarded-for': forwarded }), remote, trust)).toBe(address)
  })
})
