import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What `init` has to know of the folder that it writes into. */
export interface Project {
  /** Where package.json is; without one, where the command was typed. */
  folder: string
  /** No code yet, and a package.json as installing the first package makes it, or none. */
  fresh: boolean
  hasManifest: boolean
  packageManager: PackageManager
  modules: 'esm' | 'commonjs'
  typescript: boolean
  /** The extension of the files to write. */
  extension: '.ts' | '.mts' | '.mjs'
  /** True when `offstage` can be imported from here. */
  installed: boolean
}

export const PACKAGE_MANAGERS = ['npm', 'pnpm', 'yarn', 'bun'] as const
export type PackageManager = (typeof PACKAGE_MANAGERS)[number]

const LOCK_FILES: Record<string, PackageManager> = {
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
  'package-lock.json': 'npm',
  'npm-shrinkwrap.json': 'npm',
}

/** All that a package manager writes into the package.json that it makes. */
const INSTALLED = ['dependencies', 'devDependencies', 'packageManager', 'private']

interface Manifest {
  type?: unknown
  packageManager?: unknown
  dependencies?: Record<string, unknown>
  devDependencies?: Record<string, unknown>
}

/** Looks at the project that `cwd` belongs to; changes nothing. @throws Error when its package.json cannot be read. */
export function readProject(cwd: string, env: Record<string, string | undefined>): Project {
  const folder = upwards(cwd).find((path) => existsSync(join(path, 'package.json'))) ?? cwd
  const hasManifest = existsSync(join(folder, 'package.json'))
  const manifest = hasManifest ? readManifest(join(folder, 'package.json')) : {}
  const fresh = Object.keys(manifest).every((key) => INSTALLED.includes(key)) && !hasCode(folder)
  const modules = manifest.type === 'module' || fresh ? 'esm' : 'commonjs'
  const typescript =
    existsSync(join(folder, 'tsconfig.json')) ||
    'typescript' in { ...manifest.dependencies, ...manifest.devDependencies }
  return {
    folder,
    fresh,
    hasManifest,
    packageManager: packageManagerOf(folder, manifest, env),
    modules,
    typescript,
    // In a CommonJS project only the extension says that these two files are ES modules.
    extension: modules === 'esm' ? '.ts' : typescript ? '.mts' : '.mjs',
    installed: upwards(folder).some((path) => existsSync(join(path, 'node_modules', 'offstage', 'package.json'))),
  }
}

/** The folder and all above it. */
export function upwards(folder: string): string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...upwards(above)]
}

/** How a command of this package is run with it. */
export function runWith(packageManager: PackageManager): string {
  return { npm: 'npx offstage', pnpm: 'pnpm offstage', yarn: 'yarn offstage', bun: 'bunx offstage' }[packageManager]
}

export function installWith(packageManager: PackageManager): string {
  return packageManager === 'npm' ? 'npm install offstage' : `${packageManager} add offstage`
}

function readManifest(path: string): Manifest {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''))
    if (typeof manifest === 'object' && manifest !== null && !Array.isArray(manifest)) return manifest
    throw new Error('it is no object')
  } catch (error) {
    throw new Error(`cannot read ${path} (${(error as Error).message}): correct it, then run \`offstage init\` again`)
  }
}

function hasCode(folder: string): boolean {
  return readdirSync(folder, { withFileTypes: true }).some(
    (entry) => (entry.isDirectory() && !/^(node_modules$|\.)/.test(entry.name)) || /\.[cm]?[jt]sx?$/.test(entry.name),
  )
}

/** The field says it; else a lock file, here or above (a workspace has one at its root); else who runs this. */
function packageManagerOf(folder: string, manifest: Manifest, env: Record<string, string | undefined>): PackageManager {
  const named = byName(String(manifest.packageManager ?? '').split('@')[0])
  if (named !== undefined) return named
  for (const path of upwards(folder)) {
    const lock = Object.keys(LOCK_FILES).find((name) => existsSync(join(path, name)))
    if (lock !== undefined) return LOCK_FILES[lock] ?? 'npm'
    const above = existsSync(join(path, 'package.json')) ? readManifest(join(path, 'package.json')) : {}
    const field = byName(String(above.packageManager ?? '').split('@')[0])
    if (field !== undefined) return field
    // Above a repository, files belong to somebody else.
    if (existsSync(join(path, '.git'))) break
  }
  return byName(env.npm_config_user_agent?.split('/')[0]) ?? 'npm'
}

function byName(name: string | undefined): PackageManager | undefined {
  return PACKAGE_MANAGERS.find((known) => known === name)
}
