import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { below, isBelow } from '../../../src/dashboard/server/base-path.ts'
import { pageOf, StaticFiles } from '../../../src/dashboard/server/static-files.ts'

const TEMPLATE = `<!doctype html><link rel="icon" href="./assets/icon-1.svg" /><link rel="stylesheet" href="./assets/a-2.css">
<script type="application/json" id="offstage">{"basePath":""}</script>
<script type="module" src="./assets/main-3.js"></script><div id="root"></div>`
const script = `console.log(${JSON.stringify('x'.repeat(5_000))})`

describe('the page', () => {
  test('has every address below the base path, and is told where it is', () => {
    const page = pageOf(TEMPLATE, { basePath: '/admin/jobs', version: '1.2.3' })
    expect(page).toContain('href="/admin/jobs/assets/icon-1.svg"')
    expect(page).toContain('src="/admin/jobs/assets/main-3.js"')
    expect(page).not.toContain('="./')
    const [, json = ''] = /id="offstage">([^<]*)</.exec(page) ?? []
    expect(JSON.parse(json)).toEqual({ basePath: '/admin/jobs', version: '1.2.3' })
  })

  test('cannot be broken by what is written into it', () => {
    const page = pageOf(TEMPLATE, { basePath: '/a"><script>alert(1)</script>', version: '</script><script>x$&' })
    expect(page.match(/<script/g)).toHaveLength(2)
    expect(page).not.toContain('alert(1)</script>')
  })
})

describe('a base path', () => {
  test.each([
    ['', '/api/me', '/api/me'],
    ['/admin', '/admin', '/'],
    ['/admin', '/admin/', '/'],
    ['/admin', '/admin/api/me', '/api/me'],
    ['/admin', '/api/me', '/api/me'],
    ['/admin', '/administrator', '/administrator'],
  ])('%s of %s leaves %s', (basePath, path, rest) => expect(below(basePath, path)).toBe(rest))

  test('is left by what only begins like it', () => {
    expect(isBelow('/admin', '/administrator')).toBe(false)
    expect(isBelow('/admin', '/admin')).toBe(true)
    expect(isBelow('', '/x')).toBe(true)
  })
})

describe('the files', () => {
  let folder = ''
  let files: StaticFiles
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'offstage-static-'))
    mkdirSync(join(folder, 'assets'))
    mkdirSync(join(folder, '.vite'))
    writeFileSync(join(folder, 'index.html'), TEMPLATE)
    writeFileSync(join(folder, 'assets', 'main-3.js'), script)
    writeFileSync(join(folder, 'assets', 'main-3.js.map'), '{}')
    writeFileSync(join(folder, '.vite', 'manifest.json'), '{}')
    writeFileSync(join(folder, 'robots.txt'), 'User-agent: *')
    files = new StaticFiles(folder)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('with a hash in their name are kept for ever, others are asked for again', async () => {
    const asset = await files.file('assets/main-3.js', null)
    expect(asset?.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(asset?.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(await asset?.text()).toBe(script)
    expect((await files.file('robots.txt', null))?.headers.get('cache-control')).not.toContain('immutable')
    expect(files.page({ basePath: '', version: '1' }).headers.get('cache-control')).toBe('no-store')
  })

  test.each([
    ['br, gzip', 'br'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['identity', null],
    [null, null],
  ])('are compressed for who takes %s', async (accepted, encoding) => {
    const response = await files.file('assets/main-3.js', accepted)
    expect(response?.headers.get('content-encoding')).toBe(encoding)
    expect(response?.headers.get('vary')).toBe('accept-encoding')
    const bytes = Buffer.from((await response?.arrayBuffer()) as ArrayBuffer)
    const plain = encoding === 'br' ? brotliDecompressSync(bytes) : encoding === 'gzip' ? gunzipSync(bytes) : bytes
    expect(plain.toString()).toBe(script)
    if (encoding !== null) expect(bytes.length).toBeLessThan(script.length / 2)
  })

  test.each([
    'index.html',
    '.vite/manifest.json',
    'assets/main-3.js.map',
    '../package.json',
    'assets/../index.html',
    '',
    'assets',
  ])('do not include %s', async (name) => expect(await files.file(name, null)).toBeUndefined())

  test('that were never built are a page that says so', async () => {
    const response = new StaticFiles(join(folder, 'nowhere')).page({ basePath: '', version: '1' })
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('npm run build')
  })
})
