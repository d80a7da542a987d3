import { OffstageError } from '../../core/errors.ts'
import { formatFilter } from '../../core/filter-text.ts'
import type { CommandResult } from '../../store/commands.ts'
import type { Store } from '../../store/store.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { ACTIONS, type Change, refusal } from '../job-actions.ts'
import { type FilterFlags, filterOf, isFilter } from '../job-filter.ts'
import { findJobId } from '../job-id.ts'
import { note, print, printJson } from '../output.ts'
import { type GlobalOptions, withStore } from '../session.ts'
import { changeMatching } from './jobs-bulk.ts'

export interface ChangeOptions extends GlobalOptions, FilterFlags {
  all?: boolean
  yes?: boolean
}

/** The command that does `change` to each job it is given, or to all that the filter means. */
export function changeJobs(change: Change) {
  return async ([words]: [string[]], options: ChangeOptions): Promise<ExitCode> => {
    if (words.length === 0 || isFilter(words)) return await changeMatching(change, filterOf(words, options), options)
    const filter = formatFilter(filterOf([], options))
    if (filter !== '' || options.all) {
      throw new OffstageError('OPTION_INVALID', `ids and ${filter || '--all'} contradict each other: give one of them`)
    }
    return await changeThese(change, words, options.json === true)
  }
}

async function changeThese(change: Change, texts: readonly string[], json: boolean): Promise<ExitCode> {
  const results = await withStore((store) => apply(store, change, texts), { logs: true })
  // What the store knows of the job besides is not part of the answer.
  if (json) printJson(results.map(({ id, result, status }) => ({ id, result, status })))
  for (const result of results) tell(change, result, json)
  if (results.some(({ result }) => result === 'missing')) return EXIT.notFound
  return results.some(({ result }) => result === 'state') ? EXIT.failed : EXIT.ok
}

async function apply(store: Store, change: Change, texts: readonly string[]): Promise<CommandResult[]> {
  const ids: string[] = []
  for (const text of texts) ids.push(await findJobId(store, text))
  return await store[change]([...new Set(ids)])
}

function tell(change: Change, { id, result, status = 'running' }: CommandResult, quiet: boolean): void {
  if (result === 'missing') note(`there is no job ${id}: see \`offstage jobs list\``)
  else if (result === 'state') note(`job ${id} is ${status}: ${refusal(change, status)}`)
  else if (quiet) return
  else if (result === 'requested') print(`${id} is being stopped`)
  else print(`${id} ${ACTIONS[change].done}`)
}
