import { parseDuration } from '../../core/duration.ts'
import { OffstageError } from '../../core/errors.ts'
import { Registry } from '../../core/registry.ts'
import { shownDatabase } from '../../core/shown-database.ts'
import { retrying } from '../../store/retry.ts'
import type { Store } from '../../store/store.ts'
import { inspectDatabase, openStore } from '../../stores/open.ts'
import { rescuer, thisHost } from '../../worker/maintenance/rescuer.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { onInterrupt } from '../interrupt.ts'
import { type Carried, carry } from '../move/carry.ts'
import { MoveProgress } from '../move/progress.ts'
import { planLines, reportLines } from '../move/report.ts'
import { carrySchedules } from '../move/schedules.ts'
import { note, print, printJson } from '../output.ts'
import { asTyped, type GlobalOptions, withStore } from '../session.ts'

interface Options extends GlobalOptions {
  to: string
  history?: boolean
  wait: string
  dryRun?: boolean
}

/** Carries the jobs of the database to another one. */
export async function move(_: [], options: Options): Promise<ExitCode> {
  const waitMs = parseDuration(options.wait, '--wait')
  const url = asTyped(options.to)
  if (/^(sqlite|file)::memory:/i.test(url)) {
    throw new OffstageError(
      'OPTION_INVALID',
      '--to is a database in memory, which would end with this command: name a file',
    )
  }
  const history = options.history === true
  const json = options.json === true
  return await withStore(
    async (source, engine) => {
      if (options.dryRun) return await plan(source, url, history, json)
      const target = retrying(await openStore(url))
      try {
        await target.migrate()
        await checkTarget(url)
        // What handlers say of crashes, where there is a config module: jobs of dead workers are given back.
        const registry = engine?.registry ?? Registry.from([])
        return await moveNow(source, registry, target, { url, history, waitMs, json })
      } catch (error) {
        await tellUnderWay(source, error)
        throw error
      } finally {
        await target.close()
      }
    },
    { logs: true },
  )
}

/** What would stop the move halfway, with jobs under way, is told before it begins. */
async function checkTarget(url: string): Promise<void> {
  const { server } = await inspectDatabase(url)
  if (server === undefined) return
  if (server.readOnly) {
    throw new OffstageError(
      'DATABASE_UNWRITABLE',
      `the server of ${server.place} is read-only: name the primary with --to`,
    )
  }
  if (server.lacking.length === 0) return
  const lacking = server.lacking.join('; ')
  throw new OffstageError(
    'DATABASE_DENIED',
    `the user of --to lacks ${lacking}: have the owner of ${server.place} grant it`,
  )
}

async function plan(source: Store, url: string, history: boolean, json: boolean): Promise<ExitCode> {
  // Whether it can be reached at all, without making anything there.
  const { exists } = await inspectDatabase(url)
  const { pending, running, underWay } = await source.moving.count()
  const finished = await source.moving.countFinished()
  const { length: schedules } = await source.schedules.list()
  const would = {
    pending: pending + underWay,
    running,
    finished: history ? finished : 0,
    schedules,
    stay: history ? 0 : finished,
  }
  const to = shownDatabase(url)
  if (json) printJson({ to, dryRun: true, targetExists: exists, ...would })
  else for (const line of planLines(to, exists, would)) print(line)
  return EXIT.ok
}

/** What a move that failed has left out of reach: nobody would look for it. */
async function tellUnderWay(source: Store, error: unknown): Promise<void> {
  // The other one carries them.
  if (error instanceof OffstageError && error.code === 'MOVE_TAKEN_OVER') return
  const { underWay } = await source.moving.count().catch(() => ({ underWay: 0 }))
  if (underWay === 0) return
  const jobs = underWay === 1 ? '1 job is' : `${underWay} jobs are`
  note(`${jobs} under way, and no worker runs what is: run the same command again when the cause is mended`)
}

interface MoveOptions {
  url: string
  history: boolean
  waitMs: number
  json: boolean
}

async function moveNow(
  source: Store,
  registry: Registry,
  target: Store,
  { url, history, waitMs, json }: MoveOptions,
): Promise<ExitCode> {
  const to = shownDatabase(url)
  const abort = new AbortController()
  const ignore = onInterrupt((_, count) => {
    if (count > 1) process.exit(EXIT.interrupted)
    note('stopping after the batch that is on its way (again: at once; either way, run the same command to go on)')
    abort.abort()
  })
  const { pending, underWay } = await source.moving.count()
  const progress = new MoveProgress(pending + underWay + (history ? await source.moving.countFinished() : 0))
  const begun = performance.now()
  const aheadMs = (await source.moving.now()) - Date.now()
  const { run: rescue } = rescuer({
    store: source,
    registry,
    host: thisHost(),
    now: () => Date.now() + aheadMs,
    // When it is to look again it says to workers; here, every look asks.
    leaseMs: 0,
    everyMs: 0,
    isAlive: () => true,
    onRescue: () => {},
  })
  let carried: Carried
  try {
    carried = await carry({
      source: source.moving,
      target: target.moving,
      to,
      history,
      carrySchedules: () => carrySchedules(source.schedules, target.schedules),
      waitMs,
      rescue,
      signal: abort.signal,
      onProgress: (state) => progress.show(state),
    })
  } finally {
    progress.end()
    ignore()
  }
  const durationMs = Math.round(performance.now() - begun)
  const { left } = carried
  const complete = left.pending + left.running + left.underWay + left.finished === 0
  if (json) printJson({ to, complete, interrupted: abort.signal.aborted, durationMs, ...carried })
  else for (const line of reportLines(to, carried, durationMs)) print(line)
  if (abort.signal.aborted) return EXIT.interrupted
  return complete ? EXIT.ok : EXIT.failed
}
