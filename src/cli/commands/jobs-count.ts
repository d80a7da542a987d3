import { EXIT, type ExitCode } from '../exit-code.ts'
import { type FilterFlags, filterOf } from '../job-filter.ts'
import { print, printJson } from '../output.ts'
import { type GlobalOptions, withStore } from '../session.ts'

export async function countJobs([words]: [string[]], options: GlobalOptions & FilterFlags): Promise<ExitCode> {
  const filter = filterOf(words, options)
  const count = await withStore((store) => store.count(filter))
  if (options.json) printJson({ count })
  else print(String(count))
  return EXIT.ok
}
