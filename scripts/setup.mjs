// Installs what a folder's package-lock.json asks for, when it is not there yet.
// Runs before `npm start`, `npm test` and the like, on whatever old Node the machine has (20 and up), so it
// uses nothing but Node itself. Usage: node scripts/setup.mjs [folder ...]
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const wanted = [22, 18]

/** True when npm's own record of what it installed agrees with the lock file. */
function installed(folder) {
  const record = join(folder, 'node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const want = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages
  const have = JSON.parse(readFileSync(record, 'utf8')).packages
  return Object.entries(want).every(([path, entry]) => {
    if (path === '') return true
    // Optional packages are for other platforms as often as for this one.
    return have[path] ? have[path].version === entry.version : entry.optional || entry.devOptional || entry.peer
  })
}

/** Runs npm in a folder with the npm (and the Node) that called this script; the exit code, 0 when it worked. */
function npm(folder, args, node = process.env.npm_node_execpath ?? process.execPath) {
  const cli = process.env.npm_execpath
  const [command, rest, shell] = cli?.endsWith('.js')
    ? [node, [cli, ...args], false]
    : ['npm', args, process.platform === 'win32']
  // stdout belongs to the command that comes after.
  const { status, error } = spawnSync(command, rest, { cwd: folder, shell, stdio: ['ignore', 2, 2] })
  if (error) console.error(`setup: npm could not be started: ${error.message}`)
  return status ?? 1
}

const bundled = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/** The version of the Node that `npm run` will use, or undefined when it did not arrive. */
function bundledNode() {
  const { status, stdout } = spawnSync(bundled, ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

function recentEnough(version, [needMajor, needMinor] = wanted) {
  const [major, minor] = version.slice(1).split('.').map(Number)
  return major > needMajor || (major === needMajor && minor >= needMinor)
}

function fail(message) {
  console.error(`setup: ${message}`)
  process.exit(1)
}

if (!recentEnough(process.version, [20, 0])) {
  fail(`Node ${process.versions.node} is too old to install the tools: use Node 20 or newer, then run this again.`)
}

const quiet = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
const folders = process.argv.length > 2 ? process.argv.slice(2) : ['.']
let missing = false
for (const name of folders) {
  const folder = resolve(root, name)
  if (installed(folder)) continue
  missing = true
  console.error(`setup: installing the packages of ${name === '.' ? 'this project' : name} (npm ci, once)…`)
  if (npm(folder, ['ci', ...quiet]) !== 0) {
    fail(`npm ci failed in ${folder}: see the lines above; check the network and npm's registry setting, then repeat.`)
  }
}

let version = bundledNode()
if (!version) {
  console.error('setup: the Node of this project is missing (install scripts off?), fetching it…')
  npm(root, ['rebuild', 'node', '--ignore-scripts=false', '--foreground-scripts', '--loglevel=error'])
  version = bundledNode()
}
if (!version || !recentEnough(version)) {
  fail(
    `node_modules/.bin/node is ${version ?? 'missing'}, but ${wanted.join('.')} or newer is needed. ` +
      'Delete node_modules and run `npm ci` with install scripts allowed for the package `node`, then repeat.',
  )
}

// An npm on Node before 20.19 leaves out the native parts of the tools, as not made for it: the newer Node adds them.
if (missing && !recentEnough(process.version, [20, 19])) {
  if (npm(root, ['install', '--no-save', ...quiet], bundled) !== 0) fail('npm install failed: see the lines above.')
}
