import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The package's own code, which is never what the reader of the error has to change. */
const OWN_FOLDER = fileURLToPath(new URL('..', import.meta.url))

interface Place {
  file: string
  line: number
  text: string
}

/** One line about why a config module could not be imported: what, in which file and line, and what to do. */
export function whatBroke(file: string, error: unknown): string {
  const thrown = error instanceof Error ? error : new Error(`${String(error)} was thrown`)
  const syntax = thrown.name === 'SyntaxError'
  const place = placeAbove(thrown.stack ?? '') ?? (syntax ? placeByNode(file) : placeOfThrow(thrown))
  const where = place ? ` (${place.file}:${place.line}${place.text === '' ? '' : `: ${place.text}`})` : ''
  return `cannot load ${file}: ${oneLine(thrown.message)}${where}${remedy(thrown, place)}`
}

function remedy(error: Error, place: Place | undefined): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return '; Node only strips types: use erasable syntax (no enum, namespace or parameter property), or install tsx and start with `node --import tsx`'
  }
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') return '; this Node cannot load it: use Node 22.18 or newer, or JavaScript'
  if (code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING') return '; keep TypeScript out of node_modules'
  if (code === 'ERR_MODULE_NOT_FOUND') return '; correct the import, with its extension, or install the package'
  if (/^(require|module|exports|__dirname|__filename) is not defined/.test(error.message)) {
    return '; it is an ES module: use import and export'
  }
  if (ES_SYNTAX.test(error.message) && place !== undefined && isCommonJs(place.file)) {
    const name = place.file.endsWith('.ts') ? '.mts' : '.mjs'
    return `; Node takes it for CommonJS: call it ${name}, or set "type": "module" in package.json`
  }
  return ''
}

const ES_SYNTAX = /^(Cannot use import statement outside a module|Unexpected token 'export')/

/** True when the package says so: where none does, Node goes by what is in the file. */
function isCommonJs(file: string): boolean {
  try {
    const manifest = findPackageJSON(pathToFileURL(file))
    return manifest !== undefined && JSON.parse(readFileSync(manifest, 'utf8')).type === 'commonjs'
  } catch {
    return false
  }
}

// Node puts the place of a syntax error above the stack: `file:line`, the line, and a row of carets.
// An error in TypeScript comes with all lines up to it; the last one is meant.
const ABOVE_STACK = /^(file:\/\/\S+|\/.+|[A-Za-z]:\\.+):(\d+)\n(?:.*\n)*?(.*)\n\s*\^/m

function placeAbove(text: string): Place | undefined {
  const [, file, line, source] = ABOVE_STACK.exec(text) ?? []
  if (file === undefined || source === undefined) return undefined
  return { file: toPath(file), line: Number(line), text: excerpt(source) }
}

/** A syntax error in an ES module has its place only when Node itself prints it, so Node is asked to. */
function placeByNode(file: string): Place | undefined {
  const script = 'await import(process.argv[1])'
  const { stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script, '--', pathToFileURL(file).href],
    { encoding: 'utf8', timeout: 10_000, windowsHide: true },
  )
  return placeAbove(stderr ?? '')
}

function placeOfThrow({ stack = '' }: Error): Place | undefined {
  for (const frame of stack.split('\n')) {
    const [, location, line] = /[\s(]((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+):\d+\)?$/.exec(frame) ?? []
    if (location === undefined || location.includes('/node_modules/')) continue
    const file = toPath(location)
    if (file.startsWith(OWN_FOLDER)) continue
    return { file, line: Number(line), text: lineOf(file, Number(line)) }
  }
  return undefined
}

function lineOf(file: string, line: number): string {
  try {
    return excerpt(readFileSync(file, 'utf8').split('\n')[line - 1] ?? '')
  } catch {
    return ''
  }
}

function toPath(location: string): string {
  return location.startsWith('file:') ? fileURLToPath(location) : location
}

function excerpt(text: string): string {
  const trimmed = text.trim()
  return trimmed.length > 100 ? `${trimmed.slice(0, 100)}…` : trimmed
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim()
}
