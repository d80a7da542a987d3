import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'
import { describe, expect, test } from 'vitest'
import { needs } from './support/needs.ts'

/**
 * Who may import whom. A key is a folder or a file of `src`; the longest that fits a file is its layer.
 * A layer may always import itself. Everything else is listed: other layers, `node:*`, and packages by name.
 */
const IMPORTS: Record<string, readonly string[]> = {
  core: ['croner'],
  store: ['core'],
  'stores/sql': ['store', 'core', 'node:*'],
  'stores/sqlite': ['stores/sql', 'store', 'core', 'node:*'],
  'stores/postgres': ['stores/sql', 'store', 'core', 'node:*', 'pg'],
  'stores/mysql': ['stores/sql', 'store', 'core', 'node:*', 'mysql2'],
  'stores/open.ts': ['stores/sqlite', 'stores/postgres', 'stores/mysql', 'store', 'core'],
  config: ['core', 'node:*'],
  logs: ['store', 'core', 'node:*'],
  secrets: ['core', 'node:*'],
  client: ['secrets', 'store', 'core', 'node:*'],
  worker: ['worker/entry/lease-keeper.ts', 'secrets', 'logs', 'config', 'store', 'core', 'node:*'],
  // A thread of its own, so it opens its own connection: the one place in the worker that composes.
  'worker/entry/lease-keeper.ts': ['stores/open.ts', 'worker', 'store', 'core', 'node:*'],
  dashboard: ['dashboard/server/queries/process-entry.ts', 'store', 'core', 'node:*', 'hono', '@hono/node-server'],
  // A process of its own, so it opens its own connection.
  'dashboard/server/queries/process-entry.ts': ['stores/open.ts', 'dashboard', 'store', 'core', 'node:*'],
  testing: ['store', 'core', 'node:*'],
  'engine.ts': ['client', 'worker', 'store', 'core'],
  'engine-parts.ts': ['*'],
  'offstage.ts': ['*'],
  'index.ts': ['*'],
  cli: ['*'],
}

const LONGEST_FILE = 300
const VAGUE_NAMES = ['utils', 'util', 'common', 'helpers', 'helper', 'lib', 'misc', 'shared']
const BARRELS = ['index.ts', 'testing/index.ts']

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const src = join(root, 'src')
const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(src, join(entry.parentPath, entry.name)).split(sep).join('/'))
const code = files.filter((file) => /\.tsx?$/.test(file) && !file.startsWith('dashboard/web/'))
const text = (file: string) => readFileSync(join(src, file), 'utf8')

function layerOf(file: string): string | undefined {
  return Object.keys(IMPORTS)
    .filter((layer) => file === layer || file.startsWith(`${layer}/`))
    .sort((a, b) => b.length - a.length)[0]
}

type Syntax = { type: string; [key: string]: unknown }

function* walk(value: unknown): Generator<Syntax> {
  if (Array.isArray(value)) for (const item of value) yield* walk(item)
  else if (value && typeof value === 'object') {
    if ('type' in value && typeof value.type === 'string') yield value as Syntax
    for (const child of Object.values(value)) if (child && typeof child === 'object') yield* walk(child)
  }
}

/** The literal text in an expression: each string, and the start of each template. */
function* strings(expression: unknown): Generator<string> {
  for (const node of walk(expression)) {
    if (node.type === 'Literal' && typeof node.value === 'string') yield node.value
    if (node.type === 'TemplateLiteral') yield (node.quasis as { value: { raw: string } }[])[0]?.value.raw ?? ''
  }
}

/** Everything a source refers to: imports of any kind, and `new URL('./file', import.meta.url)`. */
function specifiers(file: string, source: string): string[] {
  const found = new Set<string>()
  for (const node of walk(parseSync(file, source).program)) {
    if (/^(Import|ExportNamed|ExportAll)Declaration$|^ImportExpression$|^TSImportType$/.test(node.type)) {
      for (const specifier of strings(node.source)) found.add(specifier)
    } else if (node.type === 'TSExternalModuleReference') {
      for (const specifier of strings(node.expression)) found.add(specifier)
    } else if (node.type === 'NewExpression') {
      const [path, base] = node.arguments as Syntax[]
      const relativeToModule = [...walk(base)].some(({ type }) => type === 'MetaProperty')
      if ((node.callee as Syntax).name === 'URL' && relativeToModule) {
        for (const specifier of strings(path)) if (/^\.\.?\//.test(specifier)) found.add(specifier)
      }
    }
  }
  return [...found]
}

/** Why a file may not refer to this, or undefined when it may. */
function objection(file: string, specifier: string): string | undefined {
  const layer = layerOf(file)
  if (!layer) return 'the file is in no layer of the table'
  const allowed = IMPORTS[layer] ?? []
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file), specifier)
    // package.json, for the version, stands beside src and beside dist.
    if (allowed.includes('*') || posix.basename(target) === 'package.json') return undefined
    const to = layerOf(target)
    return to === layer || (to && allowed.includes(to)) ? undefined : `${layer} may not import ${to ?? target}`
  }
  if (allowed.includes('*')) return undefined
  const name = specifier.startsWith('node:')
    ? 'node:*'
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')
  return allowed.includes(name) ? undefined : `${layer} may not import ${specifier}`
}

describe('architecture', () => {
  test('every file of src is in a layer of the import table', () => {
    expect(code.filter((file) => !layerOf(file))).toEqual([])
  })

  test('imports follow the table', () => {
    const wrong = code.flatMap((file) =>
      specifiers(file, text(file)).flatMap((specifier) => {
        const reason = objection(file, specifier)
        return reason ? [`src/${file}: '${specifier}': ${reason}`] : []
      }),
    )
    expect(wrong).toEqual([])
  })

  test('imports of every kind are seen, and text that looks like one is not', () => {
    const source = `
      import a from './a.ts'; import type { B } from './b.ts'; import './c.ts'; export * from './d.ts'
      export { e } from './e.ts'; type F = import('./f.ts').F; const g = await import('./g.ts')
      new URL(import.meta.url.endsWith('.ts') ? './h.ts' : './h.js', import.meta.url); await import(\`./i/\${a}.ts\`)
      // import './comment.ts'
      const text = "import x from './text.ts'"; new URL('./page', 'https://example.org')`
    const names = ['a.ts', 'b.ts', 'c.ts', 'd.ts', 'e.ts', 'f.ts', 'g.ts', 'h.ts', 'h.js', 'i/']
    expect(specifiers('x.ts', source).sort()).toEqual(names.map((name) => `./${name}`).sort())
  })

  test.for([
    ['core/job.ts', 'node:crypto'],
    ['core/job.ts', '../store/store.ts'],
    ['store/store.ts', 'node:fs'],
    ['stores/sql/claim.ts', '../sqlite/claim.ts'],
    ['stores/sqlite/claim.ts', '../postgres/claim.ts'],
    ['stores/sqlite/claim.ts', 'pg'],
    ['stores/sqlite/claim.ts', '../open.ts'],
    ['client/enqueue.ts', '../stores/open.ts'],
    ['client/enqueue.ts', '../worker/loop.ts'],
    ['worker/loop.ts', '../client/enqueue.ts'],
    ['worker/loop.ts', '../stores/sqlite/claim.ts'],
    ['worker/loop.ts', '../offstage.ts'],
    ['secrets/keyring.ts', '../store/store.ts'],
    ['stores/sqlite/claim.ts', '../../secrets/keyring.ts'],
    ['somewhere/new.ts', './other.ts'],
  ] as const)('%s may not import %s', ([file, specifier]) => {
    expect(objection(file, specifier)).toBeDefined()
  })

  test.for([
    ['core/job.ts', './outcome.ts'],
    ['stores/sqlite/claim.ts', '../sql/claim.ts'],
    ['stores/sqlite/claim.ts', 'node:sqlite'],
    ['stores/postgres/database.ts', 'pg'],
    ['worker/runtime/process.ts', '../entry/process.ts'],
    ['worker/loop.ts', '../logs/files.ts'],
    ['cli/main.ts', 'commander'],
    ['cli/main.ts', '../../package.json'],
    ['offstage.ts', './stores/sqlite/open.ts'],
  ] as const)('%s may import %s', ([file, specifier]) => {
    expect(objection(file, specifier)).toBeUndefined()
  })

  test(`no file of src is over ${LONGEST_FILE} lines, migrations aside`, () => {
    const long = code
      .filter((file) => !/(^|\/)migrations(\/|\.ts$)/.test(file))
      .map((file) => ({ file, lines: text(file).trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > LONGEST_FILE)
    expect(long).toEqual([])
  })

  test('names say what is inside: no utils, common, helpers or lib', () => {
    const vague = files.filter((file) => file.split('/').some((part) => VAGUE_NAMES.includes(part.split('.')[0] ?? '')))
    expect(vague).toEqual([])
  })

  test('no barrels but the published entry points', () => {
    const barrels = code.filter((file) => /^index\.tsx?$/.test(basename(file)) && !BARRELS.includes(file))
    expect(barrels).toEqual([])
  })
})

const isGit = existsSync(join(root, '.git'))
const inGit = needs(isGit, 'What the repository holds was not looked at: this is no checkout of git')

describe('repository', inGit, () => {
  const listed = isGit ? execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }) : ''
  const tracked = listed.split('\0').filter((file) => file && existsSync(join(root, file)))
  const read = (file: string) => readFileSync(join(root, file), 'utf8')

  test('no file names a package registry host', () => {
    const host = /\bregistry\.(npmjs|yarnpkg|npmmirror)\b|https?:\/\/[^\s/'"]*registry[^\s/'"]*\//i
    const naming = tracked.filter((file) => basename(file) !== 'package-lock.json' && host.test(read(file)))
    expect(naming).toEqual([])
  })

  test('lock files say what to install, not where from', () => {
    const locks = tracked.filter((file) => basename(file) === 'package-lock.json')
    expect(locks).toContain('package-lock.json')
    for (const lock of locks) {
      const entries: Record<string, { resolved?: string; integrity?: string }> = JSON.parse(read(lock)).packages
      expect(Object.keys(entries).filter((name) => entries[name]?.resolved)).toEqual([])
      expect(Object.keys(entries).filter((name) => name !== '' && !entries[name]?.integrity)).toEqual([])
      expect(read(lock)).not.toMatch(/registry/i)
    }
  })

  test('no test is left out without a word: `needs` has the end of the run say why', () => {
    const silent = /\b(?:test|describe)\b[.\w]*\.(?:skip|skipIf|runIf|todo|only)\b/
    const tests = tracked.filter((file) => /\.test\.tsx?$/.test(file))
    expect(tests.length).toBeGreaterThan(100)
    expect(tests.filter((file) => silent.test(read(file)))).toEqual([])
  })

  test('versions are pinned exactly', () => {
    for (const file of tracked.filter((name) => basename(name) === 'package.json')) {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(read(file))
      const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
        ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(version)),
      )
      expect(loose).toEqual([])
    }
  })
})
