import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CONFIG_NAMES } from '../../config/find.ts'
import { missingIgnores } from './ignored.ts'
import type { Project } from './project.ts'
import { configText, environmentText, jobText, SECRET_KEY } from './templates.ts'

/** A file, and what became of it. */
export interface Written {
  path: string
  action: 'created' | 'changed' | 'unchanged'
  what: string
}

/** Writes what is missing, and nothing else: what is there stays as it is. */
export function writeFiles(project: Project, hasConsole: boolean): Written[] {
  return [...writeModules(project, hasConsole), writeEnvironment(project), ...writeIgnores(project)]
}

function writeModules(project: Project, hasConsole: boolean): Written[] {
  const { folder, extension } = project
  const found = CONFIG_NAMES.find((name) => existsSync(join(folder, name)))
  if (found !== undefined) return [{ path: found, action: 'unchanged', what: 'is there' }]
  const job = jobFile(folder, extension)
  const text = jobText({ typed: extension !== '.mjs', hasConsole })
  const jobs = writeNew(folder, job, text, 'a plain class whose method can run as a job')
  const config = `offstage.config${extension}`
  const what = 'what may run, and where jobs are kept'
  return [...writeManifest(project), writeNew(folder, config, configText(`./${job}`), what), jobs]
}

/** A file of the user's own that happens to have the name is not ours to use. */
function jobFile(folder: string, extension: string): string {
  const names = [`jobs/sample-job${extension}`, `jobs/offstage-sample-job${extension}`]
  return names.find((name) => isOurs(join(folder, name))) ?? `jobs/offstage-sample-job-${Date.now()}${extension}`
}

function isOurs(path: string): boolean {
  return !existsSync(path) || /export class SampleJob\s*\{\s*process\(/.test(readFileSync(path, 'utf8'))
}

function writeNew(folder: string, path: string, text: string, what: string, mode = 0o666): Written {
  const file = join(folder, path)
  if (existsSync(file)) return { path, action: 'unchanged', what: 'is there' }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text, { flag: 'wx', mode })
  return { path, action: 'created', what }
}

/** Only in the package.json that npm itself has just made: Node would else guess, and say so, at every start. */
function writeManifest({ folder, fresh, hasManifest }: Project): Written[] {
  if (!fresh) return []
  const file = join(folder, 'package.json')
  const manifest = hasManifest ? JSON.parse(readFileSync(file, 'utf8')) : { private: true }
  writeFileSync(file, `${JSON.stringify({ ...manifest, type: 'module' }, null, 2)}\n`)
  return [{ path: 'package.json', action: hasManifest ? 'changed' : 'created', what: '"type": "module"' }]
}

function writeEnvironment({ folder }: Project): Written {
  const path = '.env'
  const file = join(folder, path)
  const text = environmentText(randomBytes(32).toString('base64'))
  if (!existsSync(file)) return writeNew(folder, path, text, `a fresh ${SECRET_KEY}: keep it secret`, 0o600)
  const before = readFileSync(file, 'utf8')
  if (new RegExp(`^\\s*(export\\s+)?${SECRET_KEY}\\s*=\\s*\\S`, 'm').test(before)) {
    return { path, action: 'unchanged', what: `has ${SECRET_KEY}` }
  }
  append(file, before, text)
  return { path, action: 'changed', what: `a fresh ${SECRET_KEY}: keep it secret` }
}

function writeIgnores({ folder }: Project): Written[] {
  const lines = missingIgnores(folder)
  const file = join(folder, '.gitignore')
  if (lines.length === 0) return existsSync(file) ? [{ path: '.gitignore', action: 'unchanged', what: 'has all' }] : []
  const existed = existsSync(file)
  append(file, existed ? readFileSync(file, 'utf8') : '', `${lines.join('\n')}\n`)
  return [{ path: '.gitignore', action: existed ? 'changed' : 'created', what: lines.join(', ') }]
}

/** On lines of its own, which end as those before it do. */
function append(file: string, before: string, text: string): void {
  const apart = before === '' || before.endsWith('\n') ? '' : '\n'
  const added = `${apart}${text}`
  appendFileSync(file, before.includes('\r\n') ? added.replaceAll('\n', '\r\n') : added)
}
