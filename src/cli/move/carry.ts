import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { OffstageError } from '../../core/errors.ts'
import type { KeptTable, MoveBatch, MoveCounts, MoveKey, MoveStore } from '../../store/move.ts'

/** Jobs of one batch: a list of under a thousand keys is looked up key by key everywhere. And bytes, about. */
const BATCH = 900
const BATCH_BYTES = 8_000_000
/** How often is looked for jobs that came, or ended, while it is waited for running ones. */
const LOOK_MS = 200
/** How long a database may be away before the move gives up. */
const AWAY_MS = 60_000
const AWAY_PAUSE_MS = 500

const KEPT: readonly KeptTable[] = ['user', 'token', 'setting', 'audit']

export interface CarryOptions {
  source: MoveStore
  target: MoveStore
  /** The target, as it may be shown. */
  to: string
  /** Finished jobs too, and whatever else is kept. */
  history: boolean
  /** Has the schedules go on in the target, and returns how many. May be done twice. */
  carrySchedules: () => Promise<number>
  /** How long running jobs are waited for, from when nothing else was left. */
  waitMs: number
  /** Gives back the jobs of dead workers. */
  rescue: () => Promise<unknown>
  /** Aborted: ends after the batch that is on its way. */
  signal: AbortSignal
  /** Told after each batch, and while waiting. */
  onProgress: (progress: CarryProgress) => void
}

export interface CarryProgress {
  /** Jobs so far, those that were there already included. */
  carried: number
  /** Jobs that are being waited for; undefined while there is something to carry. */
  waitingFor: number | undefined
}

export interface Carried {
  pending: number
  finished: number
  /** Jobs whose ids were in the target before: they stayed there as they were. */
  duplicates: number
  schedules: number
  users: number
  tokens: number
  settings: number
  auditEntries: number
  /** What could not be carried. `finished` with the history only; `tooLarge` are those under way that no statement holds. */
  left: MoveCounts & { finished: number; tooLarge: number }
}

/**
 * Carries the jobs of one database to another. May be ended at any moment and begun again.
 * @throws OffstageError MOVE_ELSEWHERE, MOVE_TAKEN_OVER, OPTION_INVALID, or what keeps a database away for a minute.
 */
export async function carry(options: CarryOptions): Promise<Carried> {
  const { source, target, to } = options
  const [from, targetId] = await Promise.all([source.databaseId(), target.databaseId()])
  if (from === targetId) {
    throw new OffstageError('OPTION_INVALID', '--to names the database that the jobs are in: name another one')
  }
  await target.welcome()
  const mover = crypto.randomUUID()
  await source.depart({ to, targetId }, mover)
  return await new Carrier(options, from, mover).carry()
}

class Carrier {
  readonly #options: CarryOptions
  readonly #from: string
  readonly #mover: string
  #carried = 0
  /** Jobs that the target takes no statement of, and whether they are finished. They stay under way. */
  readonly #tooLarge = new Map<MoveKey, boolean>()

  constructor(options: CarryOptions, from: string, mover: string) {
    this.#options = options
    this.#from = from
    this.#mover = mover
  }

  async carry(): Promise<Carried> {
    const { source, target, history, carrySchedules } = this.#options
    const before = await target.received(this.#from)
    // First of all: from the departure on nobody fires them here, and their slots go on coming.
    const schedules = await this.#patiently(carrySchedules)
    await this.#patiently(async () => await target.receiveQueues(this.#from, await source.queueStates()))
    const kept = history ? await this.#copyKept() : {}
    await this.#carryAll()
    await this.#waitForRunning()
    const after = await target.received(this.#from)
    const tooLarge = this.#tooLarge.size
    const told = [...this.#tooLarge.values()].filter((isFinished) => isFinished).length
    const finished = history ? (await source.countFinished()) - told : 0
    const left = { ...(await source.count()), finished, tooLarge }
    const isDone = left.pending + left.running + left.underWay + left.finished === 0
    if (isDone) await source.departed(this.#mover)
    return {
      pending: after.pending - before.pending,
      finished: after.finished - before.finished,
      duplicates: after.duplicates - before.duplicates,
      schedules,
      users: kept.user ?? 0,
      tokens: kept.token ?? 0,
      settings: kept.setting ?? 0,
      auditEntries: kept.audit ?? 0,
      left,
    }
  }

  get #stopped(): boolean {
    return this.#options.signal.aborted
  }

  /** Jobs that are running end, or go back to pending; meanwhile producers may bring more. */
  async #waitForRunning(): Promise<void> {
    const { source, waitMs, rescue, onProgress, signal } = this.#options
    const deadline = performance.now() + waitMs
    while (!this.#stopped) {
      const { pending, running } = await this.#patiently(async () => {
        await rescue()
        return await source.count()
      })
      if ((pending === 0 && running === 0) || performance.now() >= deadline) break
      await this.#carryPending()
      onProgress({ carried: this.#carried, waitingFor: running })
      await pause(LOOK_MS, undefined, { signal }).catch(() => {})
    }
    // What has ended meanwhile, and what came last.
    await this.#carryAll()
  }

  async #carryAll(): Promise<void> {
    await this.#carryPending()
    if (this.#options.history) await this.#carryEach((limit) => this.#options.source.takeFinished(this.#mover, limit))
  }

  async #carryPending(): Promise<void> {
    await this.#carryEach((limit) => this.#options.source.takePending(this.#mover, limit))
  }

  /**
   * Takes and carries until a batch is not full: what comes then has come meanwhile. After a database was away it begins
   * anew, with what is under way.
   */
  async #carryEach(take: (limit: number) => Promise<MoveKey[]>): Promise<void> {
    await this.#patiently(async () => {
      await this.#finishLast()
      let taken = await this.#prepare(await take(BATCH))
      while (taken.keys > 0) {
        // Taken and read while the target stores what was taken before.
        const more = taken.keys === BATCH && !this.#stopped
        const ahead = more ? take(BATCH).then((keys) => this.#prepare(keys)) : undefined
        // Whichever fails, the other has ended before the next try: both use the keys that this mover has.
        const [handed, next] = await Promise.allSettled([this.#hand(taken), ahead])
        if (handed.status === 'rejected') throw handed.reason
        if (next.status === 'rejected') throw next.reason
        if (next.value === undefined) return
        taken = next.value
      }
    })
  }

  /** Whoever moved before may have been ended between two steps. */
  async #finishLast(): Promise<void> {
    const { source, target } = this.#options
    const { keys } = await target.received(this.#from)
    await source.letGo(this.#mover, keys)
    for (;;) {
      const underWay = await source.underWay(BATCH + this.#tooLarge.size)
      const left = underWay.filter((key) => !this.#tooLarge.has(key))
      if (left.length === 0) return
      await this.#hand(await this.#prepare(left))
    }
  }

  /** Reads the first portion; the others, if it is too much for one, when it is their turn. */
  async #prepare(keys: readonly MoveKey[]): Promise<Taken> {
    const { source } = this.#options
    const [first = [], ...others] = await source.portions(keys, BATCH_BYTES)
    return { keys: keys.length, first, batch: await source.read(first), others }
  }

  async #hand({ first, batch, others }: Taken): Promise<void> {
    for (const keys of [first, ...others]) {
      await this.#handOver(keys, keys === first ? batch : await this.#options.source.read(keys))
    }
  }

  /** In this order: what is stored there and not yet let go of here is known to both. */
  async #handOver(keys: MoveKey[], batch: MoveBatch): Promise<void> {
    const { source, target, onProgress } = this.#options
    try {
      await target.receive(this.#from, batch, keys)
    } catch (error) {
      if (!(error instanceof OffstageError) || error.code !== 'PACKET_TOO_LARGE') throw error
      return await this.#apart(keys, batch)
    }
    await source.letGo(this.#mover, keys)
    this.#carried += keys.length
    onProgress({ carried: this.#carried, waitingFor: undefined })
    // An embedded database answers at once: without this, nobody would hear Ctrl-C before the end.
    await turn()
  }

  /** Halves what is too large, until it is the one job that is: the others shall not wait for it. */
  async #apart(keys: MoveKey[], { jobs }: MoveBatch): Promise<void> {
    const [key] = keys
    if (key !== undefined && keys.length === 1) {
      this.#tooLarge.set(key, jobs[0]?.isFinished === true)
      return
    }
    const middle = Math.ceil(keys.length / 2)
    for (const half of [keys.slice(0, middle), keys.slice(middle)]) {
      await this.#handOver(half, await this.#options.source.read(half))
    }
  }

  async #copyKept(): Promise<Partial<Record<KeptTable, number>>> {
    const { source, target } = this.#options
    const copied: Partial<Record<KeptTable, number>> = {}
    for (const table of KEPT) {
      copied[table] = 0
      await this.#patiently(async () => {
        let after = await target.receivedKept(this.#from, table)
        for (;;) {
          const page = await source.readKept(table, after)
          if (page === undefined || this.#stopped) return
          copied[table] = (copied[table] ?? 0) + (await target.receiveKept(this.#from, table, page))
          after = page.cursor
        }
      })
    }
    return copied
  }

  /** Does it again while a database is away; every step may be done twice. */
  async #patiently<Value>(work: () => Promise<Value>): Promise<Value> {
    let deadline = 0
    let carried = -1
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof OffstageError) || !error.transient || this.#stopped) throw error
        // Since it last got on.
        if (carried !== this.#carried) deadline = performance.now() + AWAY_MS
        carried = this.#carried
        if (performance.now() > deadline) throw error
        await pause(AWAY_PAUSE_MS)
      }
    }
  }
}

/** A batch that was taken out of reach, cut into portions. */
interface Taken {
  keys: number
  first: MoveKey[]
  /** What is in the first portion. */
  batch: MoveBatch
  others: MoveKey[][]
}
