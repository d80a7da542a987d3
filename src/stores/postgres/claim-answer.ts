/** A claimed job as the database tells it: numbers for its handler and its queue. */
export interface TakenJob {
  seq: number
  id: string
  queue: number
  rank: number
  runAt: number
  handler: number
  args: string
  attempt: number
  spared: number
  crashes: number
  maxAttempts: number
  createdAt: number
  expiresAt: number | null
  policy: string | null
}

/** What one statement has taken. */
export interface Taken {
  /** In the order of priority, due time and id. */
  jobs: TakenJob[]
  /** The numbers of those that the claim holds by its row in `ahead`. */
  ahead: Set<number>
  now: number
  nextDueAt: number | null
  /** How many queues there are to take from. */
  queues: number
  promoted: boolean
  /** It looked no further than where others were taking theirs, and got less than it wanted. */
  crowded: boolean
}

/**
 * The first row of the answer, in the order of its columns: what is to be known of the claim, then its jobs, of each
 * thing a list. That takes the server and this process half of what a row for each job takes.
 */
type FirstRow = readonly [
  nextDueAt: number | null,
  queues: number,
  come: number,
  now: number,
  crowded: boolean,
  ...lists: (string | null)[],
]

/** A row for each job whose arguments are not carried along, in the same columns. */
type FurtherRow = readonly [
  createdAt: number,
  maxAttempts: number,
  seq: number,
  expiresAt: number | null,
  none: null,
  args: string,
  policy: string | null,
]

type Rest = readonly [
  attempt: number,
  spared: number,
  crashes: number,
  createdAt: number,
  expiresAt: number | null,
  policy: string | null,
]

/** What follows the five columns of {@link FirstRow}, of all jobs. The last list is of those that are held ahead. */
export const LISTS = `
      array_agg(seq)::text, string_agg(id, ','), array_agg(queue)::text, array_agg("rank")::text,
      array_agg(run_at)::text, array_agg(handler)::text, array_agg(coalesce(max_attempts, 0))::text, json_agg(args)::text,
      json_object_agg(seq, json_build_array(attempt, spared, crashes, created_at, expires_at, policy)) filter (
        where attempt > 0 or spared > 0 or crashes > 0 or created_at <> run_at or expires_at is not null
          or policy is not null)::text`

/** The columns of {@link FurtherRow}, of a job `j`, and what fills them up. */
export const FURTHER = `j.created_at, j.max_attempts, j.seq, j.expires_at, null, j.args, j.policy, null, null, null, null,
      null, null, null, null`

export function readTaken(answer: readonly unknown[]): Taken {
  const [first, ...further] = answer as [FirstRow, ...FurtherRow[]]
  const [nextDueAt, queues, come, now, crowded, ...lists] = first
  const taken = { now, nextDueAt, queues, promoted: come > 0, crowded }
  const [seqs, ids] = lists
  if (seqs == null || ids == null) return { jobs: [], ahead: new Set(), ...taken }
  return { jobs: jobsOf(lists, further), ahead: new Set(numbersOf(lists[9])), ...taken }
}

function jobsOf(lists: readonly (string | null)[], further: readonly FurtherRow[]): TakenJob[] {
  const [seqs = [], queues = [], ranks = [], runAts = [], handlers = [], maxAttempts = []] = [0, 2, 3, 4, 5, 6].map(
    (index) => numbersOf(lists[index]),
  )
  const ids = (lists[1] as string).split(',')
  const args = JSON.parse(lists[7] as string) as (string | null)[]
  const jobs = seqs.map((seq, index): TakenJob => {
    const runAt = runAts[index] as number
    return {
      seq,
      id: ids[index] as string,
      queue: queues[index] as number,
      rank: ranks[index] as number,
      runAt,
      handler: handlers[index] as number,
      args: args[index] as string,
      attempt: 0,
      spared: 0,
      crashes: 0,
      maxAttempts: maxAttempts[index] as number,
      createdAt: runAt,
      expiresAt: null,
      policy: null,
    }
  })
  if (lists[8] != null || further.length > 0) complete(jobs, lists[8], further)
  return jobs.sort(inOrder)
}

/** Puts in what few jobs have. */
function complete(jobs: readonly TakenJob[], rest: string | null | undefined, further: readonly FurtherRow[]): void {
  const bySeq = new Map(jobs.map((job) => [job.seq, job]))
  for (const [seq, values] of Object.entries(JSON.parse(rest ?? '{}') as Record<string, Rest>)) {
    const [attempt, spared, crashes, createdAt, expiresAt, policy] = values
    Object.assign(bySeq.get(Number(seq)) as TakenJob, { attempt, spared, crashes, createdAt, expiresAt, policy })
  }
  for (const [createdAt, maxAttempts, seq, expiresAt, , args, policy] of further) {
    Object.assign(bySeq.get(seq) as TakenJob, { args, maxAttempts, createdAt, expiresAt, policy })
  }
}

/** Of an array as the server writes it. */
function numbersOf(text: string | null | undefined): number[] {
  return text == null ? [] : (JSON.parse(`[${text.slice(1, -1)}]`) as number[])
}

function inOrder(a: TakenJob, b: TakenJob): number {
  return a.rank - b.rank || a.runAt - b.runAt || (a.id < b.id ? -1 : 1)
}
