import { OffstageError } from '../../core/errors.ts'
import type { JobFilter } from '../../core/filter.ts'
import { formatFilter } from '../../core/filter-text.ts'
import type { Store } from '../../store/store.ts'
import { confirmed } from '../confirm.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { ACTIONS, type Change, refusal } from '../job-actions.ts'
import { jobsText } from '../job-text.ts'
import { note, print, printJson } from '../output.ts'
import { Progress } from '../progress.ts'
import { withStore } from '../session.ts'
import { inTurns } from '../turns.ts'
import type { ChangeOptions } from './jobs-change.ts'

/** Ids that are looked up at a time, and how many of them are changed in one turn. */
const FOUND = 10_000
const TURN = 200

interface Tally {
  /** What the filter meant when it was looked at. */
  matched: number
  done: number
  /** Running jobs that their workers were asked to stop. */
  requested: number
  /** In another state, or gone, by the time that it was their turn. */
  skipped: number
}

/** Does `change` to every job that the filter means, after a yes. */
export async function changeMatching(change: Change, wanted: JobFilter, options: ChangeOptions): Promise<ExitCode> {
  const typed = formatFilter(wanted)
  const filter = checkedFilter(change, wanted, typed, options.all === true)
  return await withStore(
    async (store) => {
      const matched = await store.count(filter)
      const tally: Tally = { matched, done: 0, requested: 0, skipped: 0 }
      if (matched > 0) {
        const what = `this would ${ACTIONS[change].command} ${jobsText(matched)} (${typed || '--all'})`
        if (!options.yes && !(await confirmed(what))) return EXIT.interrupted
        await changeAll(store, change, filter, tally)
      }
      if (options.json) printJson(tally)
      else report(change, tally)
      return EXIT.ok
    },
    { logs: true },
  )
}

function checkedFilter(change: Change, filter: JobFilter, typed: string, all: boolean): JobFilter {
  const { command, from } = ACTIONS[change]
  if (all && typed !== '') {
    throw new OffstageError('OPTION_INVALID', `--all and ${typed} contradict each other: give one of them`)
  }
  if (!all && typed === '') {
    throw new OffstageError(
      'OPTION_INVALID',
      `which jobs? give ids, a filter such as status:failed class:ReportJob, or --all to ${command} every one`,
    )
  }
  const wrong = [filter.status ?? []].flat().find((status) => !from.includes(status))
  if (wrong !== undefined) throw new OffstageError('OPTION_INVALID', `status:${wrong}: ${refusal(change, wrong)}`)
  return { ...filter, status: filter.status ?? from }
}

async function changeAll(store: Store, change: Change, filter: JobFilter, tally: Tally): Promise<void> {
  const progress = new Progress()
  let seen = 0
  let found: { ids: string[]; cursor: string | undefined } = { ids: [], cursor: undefined }
  let first = true
  await inTurns(async () => {
    if (found.ids.length === 0) {
      if (!first && found.cursor === undefined) return 'done'
      found = await store.find({ ...filter, limit: FOUND, cursor: found.cursor })
      first = false
    }
    const ids = found.ids.splice(0, TURN)
    for (const { result } of await store[change](ids)) {
      if (result === 'done' || result === 'requested') tally[result] += 1
      else tally.skipped += 1
    }
    seen += ids.length
    progress.show(`${seen} of ${jobsText(tally.matched)}`)
    return 'more'
  })
  progress.end()
}

function report(change: Change, { matched, done, requested, skipped }: Tally): void {
  if (matched === 0) {
    note('no job matches')
    return
  }
  const does = {
    cancel: 'cancelled',
    retry: done === 1 ? 'runs again' : 'run again',
    runNow: 'due now',
    delete: 'deleted',
  }
  if (done > 0 || requested === 0) print(`${jobsText(done)} ${does[change]}`)
  if (requested > 0) print(`${jobsText(requested)} being stopped`)
  if (skipped > 0) note(`${jobsText(skipped)} had changed by then, and stayed as they were`)
}
