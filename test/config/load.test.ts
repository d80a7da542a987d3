import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const src = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'src')
const root = mkdtempSync(join(tmpdir(), 'offstage-load-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let count = 0
function write(extension: string, source: string, folder = root): string {
  const file = join(folder, `config${++count}.${extension}`)
  writeFileSync(file, source)
  return file
}

// In a Node of its own, since the test runner has another way to import; and from a file, since `--eval` has globals.
const loader = join(root, 'loader.mjs')
writeFileSync(
  loader,
  `import { loadConfig } from ${JSON.stringify(join(src, 'config/load.ts'))}
   import { ENGINE } from ${JSON.stringify(join(src, 'core/engine-symbol.ts'))}
   const result = await loadConfig(process.argv[2]).then(
     (offstage) => ({ loaded: offstage[ENGINE] }),
     (error) => ({ code: error.code, message: error.message, cause: String(error.cause) }),
   )
   console.log(JSON.stringify(result))`,
)

function load(file: string): { loaded: string } | { code: string; message: string; cause: string } {
  const { stdout, stderr } = spawnSync(process.execPath, [loader, file], { encoding: 'utf8' })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

const engine = (name: string) => `{ [Symbol.for('offstage.engine')]: '${name}' }`

test.for([
  ['its default export', `export default ${engine('default')}`],
  ['its default export, before others', `export const other = ${engine('other')}\nexport default ${engine('default')}`],
  ['any other export', `export const x = 1\nexport const anything = ${engine('default')}`],
  ['one that is exported twice', `export const anything = ${engine('default')}\nexport { anything as again }`],
  ['one beside a default export that is something else', `export default 5\nexport const a = ${engine('default')}`],
] as const)('it gives the offstage that the module exports: %s', ([, source]) => {
  for (const extension of ['ts', 'mts', 'mjs']) expect(load(write(extension, source))).toEqual({ loaded: 'default' })
})

test.for([
  ['nothing', 'export {}', /exports no offstage.*export default defineOffstage/],
  ['something else', 'export default { jobs: [] }', /exports no offstage/],
  [
    'several',
    `export const a = ${engine('a')}\nexport const b = ${engine('b')}`,
    /exports 2 offstages.*default export/,
  ],
] as const)('a module that exports %s is CONFIG_INVALID', ([, source, message]) => {
  const file = write('ts', source)
  expect(load(file)).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) })
})

test('a file that is not there is CONFIG_MISSING', () => {
  const file = join(root, 'missing.ts')
  expect(load(file)).toMatchObject({ code: 'CONFIG_MISSING', message: expect.stringContaining(file) })
})

// Of each: what is in the file, and what the one line of the error must say after the file's name.
test.for([
  [
    'throws',
    'ts',
    "const x: number = 1\nthrow new Error('no\\nluck')",
    ['no luck', ":2: throw new Error('no\\nluck')"],
  ],
  ['throws a text', 'mjs', "throw 'text'", ['text was thrown']],
  ['throws in a function', 'ts', 'const f = () => missing.thing\nf()', ['missing is not defined', ':1: const f']],
  [
    'JavaScript syntax',
    'mjs',
    'export const a = 1\nexport const = 5\n',
    [':2: export const = 5', "Unexpected token '='"],
  ],
  ['TypeScript syntax', 'ts', 'export const a = 1\nexport const b: = 5\n', [':2: export const b: = 5']],
  [
    'an enum',
    'ts',
    'const a = 1\nenum Colour { Red }\n',
    [':2: enum Colour { Red }', 'erasable syntax', '--import tsx'],
  ],
  ['a namespace', 'ts', 'export namespace N { export const y = 1 }\n', [':1:', 'erasable syntax', '--import tsx']],
  ['a parameter property', 'ts', 'class A {\n  constructor(private x: number) {}\n}', [':2:', 'erasable syntax']],
  ['a missing file', 'ts', "import './nowhere.ts'", ['nowhere.ts', 'correct the import']],
  ['a missing package', 'ts', "import 'no-such-package-here'", ['no-such-package-here', 'install the package']],
  ['a missing export', 'mjs', "import { zip } from 'node:fs'", [':1:', "export named 'zip'"]],
  ['CommonJS', 'mjs', 'module.exports = {}', ['use import and export', ':1: module.exports = {}']],
] as const)(
  'a module that cannot be imported is CONFIG_BROKEN, and the line says why: %s',
  ([, extension, source, parts]) => {
    const file = write(extension, source)
    const { code, message } = load(file) as { code: string; message: string }
    expect(code).toBe('CONFIG_BROKEN')
    expect(message).toContain(`cannot load ${file}`)
    expect(message).not.toContain('\n')
    for (const part of parts) expect(message).toContain(part)
    // A place within Node is none that the reader could go to.
    expect(message).not.toMatch(/\bmodules\/|\binternal\//)
  },
)

test('an error in a module that it imports names that module', () => {
  for (const extension of ['ts', 'mjs']) {
    const jobs = write(extension, 'const fine = 1\nconst = broken\n')
    const file = write(extension, `import ${JSON.stringify(jobs)}`)
    expect(load(file)).toMatchObject({
      code: 'CONFIG_BROKEN',
      message: expect.stringContaining(`(${jobs}:2: const = broken)`),
    })
  }
})

test('an ES module in a package of CommonJS says what makes it one', () => {
  const folder = join(root, 'commonjs')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}')
  for (const extension of ['ts', 'js']) {
    const jobs = write(`jobs.${extension}`, 'export class Job {}', folder)
    const files = [jobs, write(extension, "import 'node:fs'", folder), write('mts', `import ${JSON.stringify(jobs)}`)]
    for (const file of files) {
      const { code, message } = load(file) as { code: string; message: string }
      expect(code).toBe('CONFIG_BROKEN')
      expect(message).toMatch(
        /; Node takes it for CommonJS: call it \.m[tj]s, or set "type": "module" in package\.json$/,
      )
    }
  }
})

test('what defineOffstage refuses keeps its code', () => {
  const source = `
    import { OffstageError } from ${JSON.stringify(join(src, 'core/errors.ts'))}
    throw new OffstageError('HANDLER_DUPLICATE', 'two of a kind')`
  expect(load(write('ts', source))).toMatchObject({
    code: 'HANDLER_DUPLICATE',
    message: expect.stringContaining('two of a kind'),
    cause: expect.stringContaining('two of a kind'),
  })
})
