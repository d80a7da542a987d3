import { relative } from 'node:path'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { isTracked } from '../init/ignored.ts'
import { installWith, type Project, readProject, runWith } from '../init/project.ts'
import { adviseOnTypeScript } from '../init/tsconfig.ts'
import { type Written, writeFiles } from '../init/write.ts'
import { print, printJson, styled } from '../output.ts'
import type { GlobalOptions } from '../session.ts'

/** Makes a folder ready to run jobs. Asks nothing, changes nothing that is there, and shows what it wrote. */
export async function init(_: [], options: GlobalOptions): Promise<ExitCode> {
  const project = readProject(process.cwd(), process.env)
  const { hints, hasConsole } =
    project.extension === '.mjs'
      ? { hints: [], hasConsole: true }
      : adviseOnTypeScript(project.folder, project.extension)
  const files = writing(() => writeFiles(project, hasConsole))
  if (isTracked(project.folder, '.env')) hints.push('git tracks .env, and with it the key: run `git rm --cached .env`')
  const next = nextCommands(project)
  const { folder, packageManager, modules } = project
  if (options.json) printJson({ folder, packageManager, modules, files, hints, next })
  else for (const line of shown(project, files, hints, next)) print(line)
  return EXIT.ok
}

function nextCommands({ installed, packageManager }: Project): string[] {
  const command = runWith(packageManager)
  return [
    ...(installed ? [] : [installWith(packageManager)]),
    `${command} start`,
    `${command} run SampleJob process '["hello"]' --wait`,
  ]
}

function shown({ folder, packageManager, modules }: Project, files: Written[], hints: string[], next: string[]) {
  const where = relative(process.cwd(), folder)
  const of = { esm: 'ES modules', commonjs: 'CommonJS' }[modules]
  const width = Math.max(...files.map(({ path }) => path.length))
  const lines = [styled('dim', `${where === '' ? '' : `In ${where}: `}${packageManager}, ${of}`)]
  if (files.every(({ action }) => action === 'unchanged')) lines.push('Everything is there: nothing was changed.')
  for (const { path, action, what } of files) {
    const style = action === 'unchanged' ? 'dim' : 'green'
    lines.push(`${styled(style, action.padEnd(9))}  ${path.padEnd(width)}  ${styled('dim', what)}`)
  }
  for (const hint of hints) lines.push(`${styled('yellow', 'to do'.padEnd(9))}  ${hint}`)
  const [last, ...before] = next.toReversed()
  lines.push('', styled('bold', 'Next'))
  for (const command of before.toReversed()) lines.push(`  ${command}`)
  lines.push(`  ${last}${styled('dim', '    # in another terminal')}`)
  return lines
}

/** What the operating system refuses, in words that say what to do. */
function writing<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    const { code, path, message } = error as NodeJS.ErrnoException
    if (code === undefined || path === undefined) throw error
    throw new Error(`cannot write ${path} (${code}): make it writable, then run \`offstage init\` again`, {
      cause: message,
    })
  }
}
