import { describe, expect, test } from 'vitest'
import { parsePostgresUrl, shownPlace } from '../../../src/stores/postgres/url.ts'

const secret = 'h%40t%2Fs%3Fcret'

describe('a PostgreSQL URL', () => {
  test('says where, who and what; the rest has a default', () => {
    const place = parsePostgresUrl(`postgres://me%20too:${secret}@db.example:6543/my%20app`)
    expect(place).toMatchObject({
      host: 'db.example',
      port: 6543,
      user: 'me too',
      password: 'h@t/s?cret',
      database: 'my app',
      tls: false,
      schema: 'offstage',
      connections: 4,
      timeoutMs: 10_000,
      notify: true,
      prepare: true,
      ctid: true,
      applicationName: 'offstage',
    })
    expect(shownPlace(place)).toBe('db.example:6543/my app')
  })

  test('may leave out nearly all of it', () => {
    const place = parsePostgresUrl('postgresql:///app')
    expect(place).toMatchObject({
      host: '127.0.0.1',
      port: 5432,
      user: undefined,
      password: undefined,
      database: 'app',
    })
  })

  test('may name a socket or an address of IPv6', () => {
    expect(parsePostgresUrl('postgres:///app?host=/run/postgresql').host).toBe('/run/postgresql')
    const place = parsePostgresUrl('postgres://[::1]:5433/app')
    expect(place.host).toBe('::1')
    expect(shownPlace(place)).toBe('[::1]:5433/app')
  })

  test('takes its settings', () => {
    const place = parsePostgresUrl(
      'postgres://h/d?schema=jobs_2&connections=9&timeout=1500ms&notify=false&prepare=false&ctid=false',
    )
    expect(place).toMatchObject({
      schema: 'jobs_2',
      connections: 9,
      timeoutMs: 1_500,
      notify: false,
      prepare: false,
      ctid: false,
    })
    expect(parsePostgresUrl('postgres://h/d?timeout=3').timeoutMs).toBe(3_000)
  })

  test.for([
    ['sslmode=disable', false],
    ['sslmode=require', { rejectUnauthorized: false }],
    ['sslmode=no-verify', { rejectUnauthorized: false }],
    ['sslmode=verify-full', {}],
    ['sslnegotiation=direct', {}],
    ['sslmode=verify-ca', { checkServerIdentity: expect.any(Function) }],
  ] as const)('%s means what libpq means by it', ([setting, tls]) => {
    expect(parsePostgresUrl(`postgres://h/d?${setting}`).tls).toEqual(tls)
  })

  test.for([
    ['postgres://h', 'names no database'],
    ['postgres://h/a/b', 'names no database'],
    ['postgres://h:port/d', 'is not one'],
    ['postgres://one,two/d', 'several hosts'],
    ['postgres://h/d?schem=x', 'unknown setting "schem"'],
    ['postgres://h/d?connections=0', 'connections=0'],
    ['postgres://h/d?connections=many', 'connections=many'],
    ['postgres://h/d?schema=pg_mine', 'schema=pg_mine'],
    ['postgres://h/d?schema=a"b', 'schema=a"b'],
    [`postgres://h/d?schema=${'x'.repeat(51)}`, 'up to 50'],
    ['postgres://h/d?timeout=soon', 'timeout=soon'],
    ['postgres://h/d?timeout=1ms', 'timeout=1ms'],
    ['postgres://h/d?notify=no', 'notify=no'],
    ['postgres://h/d?ctid=0', 'ctid=0'],
    ['postgres://h/d?sslmode=prefer', 'sslmode=prefer'],
    ['postgres://h/d?sslrootcert=/no/such/file', 'cannot be read (ENOENT)'],
  ] as const)('%s is refused: %s', ([url, why]) => {
    const parse = () => parsePostgresUrl(url.replace('://h', `://me:${secret}@h`))
    expect(parse).toThrow(
      expect.objectContaining({ code: 'DATABASE_URL_INVALID', message: expect.stringContaining(why) }),
    )
    expect(parse).toThrow(expect.not.objectContaining({ message: expect.stringContaining('cret') }))
  })
})
