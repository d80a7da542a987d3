import { matchesArg } from '../../core/arg-filter.ts'
import type { JobFilter } from '../../core/filter.ts'
import { JOB_STATUSES, type JobDetail } from '../../core/job.ts'
import type { NewJob } from '../../store/store.ts'
import type { Fixture } from './fixture.ts'
import { cancelled, claimJobs, completed, detail, failed, newJob, newLease, retried } from './jobs.ts'

/** What a test knows of a job that it has made, beside what the store tells of it. */
export interface Made {
  order: number
  job: NewJob
  detail: JobDetail
  fingerprints: string[]
}

const CAUSES = ['9f3a0c11', '9f3a77ff', 'beef0001']

/** Jobs of all kinds in all states, at many times, run by three workers. */
export async function population({ store, clock }: Fixture): Promise<Made[]> {
  const made: Omit<Made, 'detail'>[] = []
  const workers = await Promise.all([0, 1, 2].map(async (n) => newLease(store, { id: `w${n}` })))
  for (let order = 0; order < 90; order++) {
    const job = newJob({
      class: ['Mail', 'Report'][order % 2] as string,
      method: ['send', 'build', 'check'][order % 3] as string,
      queue: ['a', 'b', 'c d'][order % 3] as string,
      priority: [10, 0, -10, 7][order % 4] as number,
      tags: order % 5 === 0 ? ['red', 'all'] : ['all'],
      args: JSON.stringify([
        { user: { id: order % 10, plan: order % 2 === 0 ? 'free' : null }, big: order > 40 },
        order,
      ]),
      due: { inMs: order % 9 === 8 ? 1_000_000 : 0 },
    })
    const entry = { order, job, fingerprints: [] as string[] }
    made.push(entry)
    await store.enqueue([job])
    clock.advance(1 + (order % 4))
    // So that the order of ending is another than that of storing.
    if (order % 3 !== 2) continue
    const lease = workers[order % workers.length] as number
    for (const held of await claimJobs(store, lease, { limit: 3, start: order % 2 === 0 ? 3 : 2 })) {
      const of = made.find(({ job: { id } }) => id === held.id)
      const ends = [completed, completed, failed, cancelled, undefined, retried]
      const kind = ends[(of?.order ?? 0) % ends.length]
      const fingerprint = CAUSES[(of?.order ?? 0) % CAUSES.length] as string
      if (kind === failed || kind === retried) of?.fingerprints.push(fingerprint)
      const finishedAt = clock.now() + ((of?.order ?? 0) % 3)
      if (kind === retried) {
        await store.settle([retried({ lease, job: held }, finishedAt, 500_000, { fingerprint })])
      } else if (kind !== undefined) {
        const ended = kind({ lease, job: held }, finishedAt)
        await store.settle([kind === failed ? { ...ended, fingerprint } : ended])
      }
    }
  }
  return await Promise.all(made.map(async (entry) => ({ ...entry, detail: await detail(store, entry.job.id) })))
}

/** What a filter means, said once more and in another way. */
export function isMeant(
  { job, detail: { status, finishedAt, createdAt, attempts }, fingerprints }: Made,
  filter: JobFilter,
) {
  const statuses = filter.status === undefined ? undefined : [filter.status].flat()
  const byEnd = statuses !== undefined && !statuses.some((each) => each === 'pending' || each === 'running')
  const at = (byEnd ? finishedAt : createdAt)?.getTime() ?? 0
  const { error, idPrefix = '', since = 0, until = Number.POSITIVE_INFINITY } = filter
  return (
    (statuses === undefined || statuses.includes(status)) &&
    (filter.class ?? job.class) === job.class &&
    (filter.method ?? job.method) === job.method &&
    (filter.queue ?? job.queue) === job.queue &&
    (filter.priority ?? job.priority) === job.priority &&
    (filter.tag === undefined || job.tags?.includes(filter.tag) === true) &&
    (filter.ids === undefined || filter.ids.includes(job.id)) &&
    job.id.startsWith(idPrefix) &&
    (error === undefined || fingerprints.some((each) => each.startsWith(error))) &&
    (filter.worker === undefined || attempts.some(({ workerId }) => workerId === filter.worker)) &&
    (filter.args ?? []).every((each) => matchesArg(JSON.parse(job.args) as unknown[], each)) &&
    at >= since &&
    at < until
  )
}

/** In the order of a list. */
export function ordered(made: readonly Made[], filter: JobFilter): string[] {
  const statuses = filter.status === undefined ? [] : [filter.status].flat()
  const byEnd = statuses.length > 0 && !statuses.some((each) => each === 'pending' || each === 'running')
  const end = ({ detail: { finishedAt } }: Made) => (byEnd ? (finishedAt?.getTime() ?? 0) : 0)
  return made.toSorted((a, b) => end(b) - end(a) || b.order - a.order).map(({ job }) => job.id)
}

/** Always the same sequence, so that what fails fails again. */
export function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * below)
  }
}

/** A filter of one to three conditions. */
export function someFilter(made: readonly Made[], below: (n: number) => number): JobFilter {
  const oneOf = <Value>(values: readonly Value[]): Value => values[below(values.length)] as Value
  const times = made.map(({ detail: { createdAt, finishedAt } }) => (finishedAt ?? createdAt).getTime())
  const conditions: (() => JobFilter)[] = [
    () => ({ status: oneOf(JOB_STATUSES) }),
    () => ({ status: JOB_STATUSES.filter(() => below(2) === 0) }),
    () => ({
      status: oneOf([
        ['completed', 'failed', 'cancelled'],
        ['pending', 'running'],
        ['failed', 'pending'],
      ] as const),
    }),
    () => ({ class: oneOf(['Mail', 'Report']) }),
    () => ({ method: oneOf(['send', 'build', 'check', 'nothing']) }),
    () => ({ queue: oneOf(['a', 'b', 'c d', 'none']) }),
    () => ({ priority: oneOf([10, 0, -10, 7, 8]) }),
    () => ({ tag: oneOf(['red', 'all', 'al']) }),
    () => ({ ids: made.filter(() => below(3) === 0).map(({ job }) => job.id) }),
    () => ({ idPrefix: oneOf(made).job.id.slice(0, oneOf([1, 8, 33, 35, 36])) }),
    () => ({ error: oneOf([...CAUSES, '9f3a', 'beef', 'ffff']) }),
    () => ({ worker: oneOf(['w0', 'w1', 'w2', 'w']) }),
    () => ({
      args: [
        oneOf([
          { path: 'user.id', value: '3' },
          { path: '0.user.plan', value: 'null' },
          { path: 'big', value: 'true' },
          { path: '', value: '17' },
        ]),
      ],
    }),
    () => ({ since: oneOf(times) }),
    () => ({ until: oneOf(times) }),
  ]
  return Object.assign({}, ...Array.from({ length: 1 + below(3) }, () => oneOf(conditions)())) as JobFilter
}
