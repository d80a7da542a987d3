import { createInterface } from 'node:readline/promises'
import { OffstageError } from '../../core/errors.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { print, printJson } from '../output.ts'
import { type GlobalOptions, withStore } from '../session.ts'

interface Options extends GlobalOptions {
  yes?: boolean
}

/** Small enough that workers on the same database hardly wait for it. */
const BATCH = 1_000

export async function clearJobs(_: [], options: Options): Promise<ExitCode> {
  if (!options.yes && !(await confirmed())) return EXIT.interrupted
  const deleted = await withStore(async (store) => {
    let sum = 0
    for (let count = -1; count !== 0; sum += count) count = await store.clear(BATCH)
    return sum
  })
  if (options.json) printJson({ deleted })
  else print(`${deleted} ${deleted === 1 ? 'job' : 'jobs'} deleted`)
  return EXIT.ok
}

async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new OffstageError('OPTION_INVALID', 'this removes all jobs that are not running: say so with --yes')
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question('Remove all jobs that are not running? (yes/no) ')).trim())
  } finally {
    terminal.close()
  }
}
