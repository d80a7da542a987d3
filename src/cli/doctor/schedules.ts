import { formatDuration } from '../../core/duration.ts'
import { isOverdue, type Schedule } from '../../core/schedule.ts'
import type { OffstageEngine } from '../../engine.ts'
import type { Store } from '../../store/store.ts'
import { type Finding, warning } from './finding.ts'

const CHECK = 'schedules'

/** Schedules that nobody enqueues for, and those that never come again. Nothing is said when all is well. */
export async function checkSchedules(
  store: Store,
  config: Pick<OffstageEngine, 'registry' | 'scheduling'> | undefined,
): Promise<Finding[]> {
  const schedules = await store.schedules.list()
  const ended = schedules.filter(({ nextAt }) => nextAt === null)
  const never = ended.map(({ name, cron }) => `${name} (${cron})`).join(', ')
  return [
    ...(await checkOverdue(store, schedules, config)),
    ...(ended.length === 0
      ? []
      : [warning(CHECK, `no moment is left for ${never}`, 'give each a cron expression that names one, or remove it')]),
  ]
}

async function checkOverdue(
  store: Store,
  schedules: readonly Schedule[],
  config: Pick<OffstageEngine, 'registry' | 'scheduling'> | undefined,
): Promise<Finding[]> {
  const now = await store.schedules.now()
  const lateMs = ({ nextAt }: Schedule) => now - Number(nextAt)
  const overdue = schedules.filter(
    ({ paused, nextAt }) => !paused && nextAt !== null && isOverdue(nextAt.getTime(), now),
  )
  if (overdue.length === 0) return []
  // Without workers it is them that are missing; and where everything moves away, nothing is enqueued any more.
  const someoneWorks = (await store.workers()).some(({ status }) => status === 'running' || status === 'quiet')
  if (!someoneWorks || (await store.moving.departure()) !== undefined) return []
  const groups = Map.groupBy(overdue, (schedule) => remedyFor(schedule, config))
  return [...groups].map(([remedy, those]) => {
    const named = those.map((schedule) => `${schedule.name} (overdue for ${span(lateMs(schedule))})`)
    return warning(CHECK, `workers run, and none of them enqueues ${named.join(', ')}`, remedy)
  })
}

/** As well as one can know it from here: the workers' configs may be others. */
function remedyFor(
  { class: className, method, declared, name }: Schedule,
  config: Pick<OffstageEngine, 'registry' | 'scheduling'> | undefined,
): string {
  if (config !== undefined && config.registry.find(className, method) === undefined) {
    return `add ${className}.${method} to \`jobs\` in the config, or remove the schedule with \`offstage schedules remove\``
  }
  if (config !== undefined && declared && !config.scheduling.isDeclared(name)) {
    return 'put it back into `schedules` in the config, or remove it with `offstage schedules remove`'
  }
  return 'start the workers anew with the config that has it; if they have, their log says why it cannot be enqueued'
}

function span(ms: number): string {
  return formatDuration(Math.round(ms / 1_000) * 1_000)
}
