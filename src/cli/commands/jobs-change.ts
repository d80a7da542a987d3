import type { CommandResult, Store } from '../../store/store.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { findJobId } from '../job-id.ts'
import { note, print, printJson } from '../output.ts'
import { type GlobalOptions, withStore } from '../session.ts'

type Change = 'cancel' | 'retry' | 'runNow' | 'delete'

const DONE: Record<Change, string> = {
  cancel: 'cancelled',
  retry: 'runs again',
  runNow: 'due now',
  delete: 'deleted',
}

const REFUSED: Record<Change, string> = {
  cancel: 'only a job that has not finished can be cancelled',
  retry: 'only a failed or cancelled job can be retried',
  runNow: 'only a pending job can be made due',
  delete: 'a running job cannot be deleted: cancel it first',
}

/** The command that does `change` to each job it is given. */
export function changeJobs(change: Change) {
  return async ([texts]: [string[]], options: GlobalOptions): Promise<ExitCode> => {
    const results = await withStore((store) => apply(store, change, texts), { logs: true })
    // What the store knows of the job besides is not part of the answer.
    if (options.json) printJson(results.map(({ id, result, status }) => ({ id, result, status })))
    for (const result of results) tell(change, result, options.json === true)
    if (results.some(({ result }) => result === 'missing')) return EXIT.notFound
    return results.some(({ result }) => result === 'state') ? EXIT.failed : EXIT.ok
  }
}

async function apply(store: Store, change: Change, texts: readonly string[]): Promise<CommandResult[]> {
  const ids: string[] = []
  for (const text of texts) ids.push(await findJobId(store, text))
  return await store[change]([...new Set(ids)])
}

function tell(change: Change, { id, result, status }: CommandResult, quiet: boolean): void {
  if (result === 'missing') note(`there is no job ${id}: see \`offstage jobs list\``)
  else if (result === 'state') note(`job ${id} is ${status ?? 'in another state'}: ${REFUSED[change]}`)
  else if (quiet) return
  else if (result === 'requested') print(`${id} is being stopped`)
  else print(`${id} ${DONE[change]}`)
}
