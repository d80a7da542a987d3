import { confirmed } from '../confirm.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { jobsText } from '../job-text.ts'
import { note, print, printJson } from '../output.ts'
import { Progress } from '../progress.ts'
import { type GlobalOptions, withStore } from '../session.ts'
import { inTurns } from '../turns.ts'

interface Options extends GlobalOptions {
  yes?: boolean
}

const BATCH = 1_000

/** Removes all jobs but those that a worker holds, with their attempts and logs. */
export async function clearJobs(_: [], options: Options): Promise<ExitCode> {
  const what = 'this would remove all jobs that are not running, with their attempts and logs'
  if (!options.yes && !(await confirmed(what))) return EXIT.interrupted
  const { deleted, spared } = await withStore(async (store) => {
    const progress = new Progress()
    let sum = 0
    await inTurns(async () => {
      const count = await store.clear(BATCH)
      sum += count
      progress.show(`${jobsText(sum)} deleted`)
      return count === 0 ? 'done' : 'more'
    })
    progress.end()
    return { deleted: sum, spared: await store.count({ status: 'running' }) }
  })
  if (options.json) printJson({ deleted, spared })
  else print(`${jobsText(deleted)} deleted`)
  if (spared > 0) {
    const what = spared === 1 ? '1 running job was' : `${spared.toLocaleString('en')} running jobs were`
    note(`${what} spared: \`offstage jobs cancel --status running\` stops them`)
  }
  return EXIT.ok
}
