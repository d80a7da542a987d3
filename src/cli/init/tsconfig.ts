import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** What the project's TypeScript makes of the files that `init` writes. */
export interface TypeScriptAdvice {
  /** What to add to tsconfig.json, and why; empty when all is well. */
  hints: string[]
  hasConsole: boolean
}

interface Effective {
  compilerOptions: Record<string, unknown>
  include?: string[]
}

/**
 * Reads the effective settings, `extends` and all, by asking the project's own compiler; never edits them.
 * Where no compiler is installed, the file itself has to do.
 */
export function adviseOnTypeScript(folder: string, extension: string): TypeScriptAdvice {
  if (!existsSync(join(folder, 'tsconfig.json'))) return { hints: [], hasConsole: true }
  const compiler = findCompiler(folder)
  const effective = (compiler && showConfig(compiler.file, folder)) ?? readLoosely(join(folder, 'tsconfig.json'))
  const options = effective.compilerOptions
  return {
    hints: [...importHints(options, extension), ...outputHints(effective, compiler?.major ?? 6)],
    hasConsole: hasConsole(options, folder, compiler?.major ?? 6),
  }
}

function importHints(options: Record<string, unknown>, extension: string): string[] {
  const hints: string[] = []
  if (options.allowImportingTsExtensions !== true && options.rewriteRelativeImportExtensions !== true) {
    const emits = options.noEmit !== true && options.emitDeclarationOnly !== true
    const option = emits ? 'rewriteRelativeImportExtensions' : 'allowImportingTsExtensions'
    hints.push(`add "${option}": true to compilerOptions in tsconfig.json: Node wants ${extension} in imports`)
  }
  const resolution = String(options.moduleResolution ?? '').toLowerCase()
  const module = String(options.module ?? '').toLowerCase()
  // Without either, the default depends on the compiler's version, and all recent ones read `exports`.
  const old = /^(node|node10|classic)$/.test(resolution) || (resolution === '' && /^(commonjs|amd|umd)$/.test(module))
  if (old)
    hints.push('set "module": "nodenext" in tsconfig.json: its module resolution does not find the types of offstage')
  return hints
}

/** A file in the project's root moves what a compiler before 6 emits from dist/ to dist/src/. */
function outputHints({ compilerOptions, include }: Effective, major: number): string[] {
  const { noEmit, outDir, rootDir, composite } = compilerOptions
  if (noEmit === true || outDir === undefined || include !== undefined) return []
  if (rootDir === undefined && (composite === true || major >= 6)) return []
  return ['add "exclude": ["offstage.config.*", "jobs"] to tsconfig.json: else tsc emits these two files as well']
}

function hasConsole({ lib, types }: Record<string, unknown>, folder: string, major: number): boolean {
  if (!Array.isArray(lib) || lib.some((name) => /^dom$/i.test(name))) return true
  if (Array.isArray(types)) return types.includes('node')
  return major < 6 && existsSync(join(folder, 'node_modules', '@types', 'node'))
}

function findCompiler(folder: string): { file: string; major: number } | undefined {
  try {
    const manifest = createRequire(join(folder, 'package.json')).resolve('typescript/package.json')
    const { version, bin } = JSON.parse(readFileSync(manifest, 'utf8'))
    return { file: join(dirname(manifest), bin.tsc), major: Number.parseInt(version, 10) }
  } catch {
    return undefined
  }
}

function showConfig(compiler: string, folder: string): Effective | undefined {
  const { status, stdout } = spawnSync(process.execPath, [compiler, '--showConfig', '-p', 'tsconfig.json'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 20_000,
    maxBuffer: 64 * 1024 * 1024,
    windowsHide: true,
  })
  if (status !== 0) return undefined
  const { compilerOptions = {}, include } = JSON.parse(stdout)
  return { compilerOptions, include }
}

/** The options that stand in the file as they are: no `extends`, comments passed over. */
function readLoosely(file: string): Effective {
  const text = readFileSync(file, 'utf8').replaceAll(/("(?:\\.|[^"\\])*")|\/\/.*|\/\*[\s\S]*?\*\//g, '$1')
  try {
    const { compilerOptions = {}, include } = JSON.parse(text.replaceAll(/,(?=\s*[}\]])/g, ''))
    return { compilerOptions, include }
  } catch {
    return { compilerOptions: {} }
  }
}
