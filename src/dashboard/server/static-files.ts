import { readdirSync, readFileSync } from 'node:fs'
import { dirname, extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { PageConfig } from '../api.ts'

/** Where Vite has put the pages: in `dist`, whether this runs from there or from the source. */
const FROM_HERE = import.meta.url.endsWith('.ts') ? '../../../dist/dashboard/web' : '../web'
const BUILT = join(dirname(fileURLToPath(import.meta.url)), FROM_HERE)

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
}
const COMPRESSED = new Set(['.js', '.css', '.svg', '.html', '.json', '.txt'])
/** Smaller ones fit a packet as they are. */
const WORTH_BYTES = 1_024

const brotli = promisify(brotliCompress)
const gz = promisify(gzip)

interface StaticFile {
  bytes: Buffer
  type: string
  /** Its name has its content's hash in it: it never changes. */
  immutable: boolean
  encodings: Map<string, Promise<Buffer>>
}

/** The files of the pages, in memory: they are few and small. */
export class StaticFiles {
  readonly #files = new Map<string, StaticFile>()
  readonly #index: string | undefined

  constructor(folder = BUILT) {
    for (const path of filesOf(folder)) {
      const name = relative(folder, path).split(sep).join('/')
      const extension = extname(name)
      const type = TYPES[extension]
      // What is not for browsers, such as the list of what was built, stays here.
      if (type === undefined || name.startsWith('.') || name === 'index.html') continue
      const immutable = name.startsWith('assets/')
      this.#files.set(name, { bytes: readFileSync(path), type, immutable, encodings: new Map() })
    }
    const index = filesOf(folder).find((path) => relative(folder, path) === 'index.html')
    this.#index = index === undefined ? undefined : readFileSync(index, 'utf8')
  }

  /** The answer to a request for a file; undefined when there is none of that name. */
  async file(name: string, accepted: string | null): Promise<Response | undefined> {
    const file = this.#files.get(name)
    if (file === undefined) return undefined
    const { bytes, type, immutable } = file
    const headers: Record<string, string> = {
      'content-type': type,
      'cache-control': immutable ? 'public, max-age=31536000, immutable' : 'public, max-age=3600',
      vary: 'accept-encoding',
    }
    const encoding = bytes.length >= WORTH_BYTES && COMPRESSED.has(extname(name)) ? encodingOf(accepted) : undefined
    if (encoding === undefined) return new Response(new Uint8Array(bytes), { headers })
    const body = await this.#encoded(file, encoding)
    return new Response(new Uint8Array(body), { headers: { ...headers, 'content-encoding': encoding } })
  }

  /** The page that every address of the dashboard begins with. */
  page(config: PageConfig): Response {
    if (this.#index === undefined) return notBuilt()
    const headers = { 'content-type': TYPES['.html'] as string, 'cache-control': 'no-store' }
    return new Response(pageOf(this.#index, config), { headers })
  }

  /** Once for each file, by Node's own threads. */
  #encoded(file: StaticFile, encoding: 'br' | 'gzip'): Promise<Buffer> {
    let encoded = file.encodings.get(encoding)
    if (encoded === undefined) {
      const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }
      encoded = encoding === 'br' ? brotli(file.bytes, quality) : gz(file.bytes, { level: 9 })
      file.encodings.set(encoding, encoded)
    }
    return encoded
  }
}

/** Writes into the template where it is mounted: relative addresses would be those of the page that is open. */
export function pageOf(template: string, config: PageConfig): string {
  const json = JSON.stringify(config).replaceAll('<', '\\u003c')
  return template
    .replaceAll(/\b(src|href)="\.\//g, (_, name: string) => `${name}="${escaped(config.basePath)}/`)
    .replace(/(<script type="application\/json" id="offstage">)[^<]*/, (_, start: string) => start + json)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}

function encodingOf(accepted: string | null): 'br' | 'gzip' | undefined {
  const names = (accepted ?? '').split(',').map((part) => part.trim())
  const takes = (name: string) => names.some((each) => each.split(';')[0] === name && !/;\s*q=0(\.0*)?$/.test(each))
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : undefined
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  } catch {
    return []
  }
}

function notBuilt(): Response {
  const text =
    'The pages of the dashboard are not in this build: run `npm run build`. The API is at api/openapi.json.\n'
  return new Response(text, { status: 503, headers: { 'content-type': TYPES['.txt'] as string } })
}
