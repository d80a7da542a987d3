import { setTimeout as sleep } from 'node:timers/promises'
import type { JobFilter } from '../../core/filter.ts'
import { newId } from '../../core/id.ts'
import type { Operation } from '../../store/access.ts'
import type { Store } from '../../store/store.ts'
import { ACTIONS } from './actions.ts'
import type { Queries } from './queries/queries.ts'

/** Ids that are looked up at a time, and how many of them are changed in one turn. */
const FOUND = 1_000
const TURN = 100
/** Jobs that one statement removes. */
const CLEARED = 500
/** A turn of a paced operation is short enough that its progress is seen, and an abort heard. */
const TURN_MS = 500
/** How often an operation that waits for its pace says that it is alive. */
const BEAT_MS = 5_000
/** One that has said nothing for so long has nobody who runs it. */
const DEAD_MS = 60_000

export type OperationRequest = Pick<Operation, 'action' | 'filter' | 'pace' | 'total' | 'actor' | 'actorName'>

/**
 * Runs bulk actions: in small turns, no faster than asked, with their progress in the database, where anybody may look at
 * them and abort them. They end with the server that runs them. They are not taken up again by themselves: nobody may be
 * there to watch any more, and whoever starts the same once more goes on with what still matches.
 */
export class Operations {
  readonly #store: Store
  readonly #queries: Queries
  readonly #running = new Map<string, Promise<void>>()
  readonly #closing = new AbortController()
  #swept = 0

  constructor(store: Store, queries: Queries) {
    this.#store = store
    this.#queries = queries
  }

  /** Begins one; resolves when it is stored, not when it is done. @param filter What `request.filter` says. */
  async start(request: OperationRequest, filter: JobFilter): Promise<Operation> {
    const now = new Date()
    const operation: Operation = {
      ...request,
      id: newId(),
      done: 0,
      skipped: 0,
      state: 'running',
      startedAt: now,
      updatedAt: now,
      finishedAt: null,
      error: null,
    }
    await this.#store.access.addOperation(operation)
    const run = this.#run(operation, filter).finally(() => this.#running.delete(operation.id))
    this.#running.set(operation.id, run)
    return operation
  }

  /** Ends those whose server is gone. Looked at now and then, by whoever lists them. */
  async sweep(now = Date.now()): Promise<void> {
    if (now - this.#swept < DEAD_MS / 4) return
    this.#swept = now
    for (const { id, state, updatedAt } of await this.#store.access.operations(50)) {
      if (state !== 'running' || this.#running.has(id) || now - updatedAt.getTime() < DEAD_MS) continue
      await this.#store.access.endOperation(id, 'aborted', GONE)
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled(this.#running.values())
  }

  async #run(operation: Operation, filter: JobFilter): Promise<void> {
    const { id, action } = operation
    try {
      const ended = action === 'clear' ? await this.#clear(operation) : await this.#act(operation, filter)
      if (ended) await this.#store.access.endOperation(id, 'done')
      else if (this.#closing.signal.aborted) await this.#store.access.endOperation(id, 'aborted', STOPPED)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      // Where the database itself is away, whoever sweeps will end it.
      await this.#store.access.endOperation(id, 'failed', message).catch(() => {})
    }
  }

  /** True when it came to its end, false when it was aborted. */
  async #act({ id, action, pace }: Operation, filter: JobFilter): Promise<boolean> {
    const run = ACTIONS[action as keyof typeof ACTIONS].run
    const turn = pace === null ? TURN : Math.max(1, Math.min(TURN, Math.floor((pace * TURN_MS) / 1_000)))
    let cursor: string | undefined
    do {
      const found: { ids: string[]; cursor: string | null } = await this.#queries.value('findIds', {
        filter,
        limit: FOUND,
        cursor,
      })
      for (let at = 0; at < found.ids.length; at += turn) {
        const began = performance.now()
        const ids = found.ids.slice(at, at + turn)
        const results = await run(this.#store, ids)
        const done = results.filter(({ result }) => result === 'done' || result === 'requested').length
        if (!(await this.#advance(id, done, ids.length - done))) return false
        if (pace !== null && !(await this.#wait(id, (ids.length / pace) * 1_000 - (performance.now() - began))))
          return false
        // Others have their turn: this one may go on for minutes.
        else await sleep(0)
      }
      cursor = found.cursor ?? undefined
    } while (cursor !== undefined)
    return true
  }

  async #clear({ id, pace }: Operation): Promise<boolean> {
    const turn = pace === null ? CLEARED : Math.max(1, Math.min(CLEARED, Math.floor((pace * TURN_MS) / 1_000)))
    for (;;) {
      const began = performance.now()
      const removed = await this.#store.clear(turn)
      if (removed === 0) return true
      if (!(await this.#advance(id, removed, 0))) return false
      if (pace !== null && !(await this.#wait(id, (removed / pace) * 1_000 - (performance.now() - began)))) return false
      else await sleep(0)
    }
  }

  /** False when it is to end. */
  async #advance(id: string, done: number, skipped: number): Promise<boolean> {
    const state = await this.#store.access.advanceOperation(id, done, skipped)
    return state === 'running' && !this.#closing.signal.aborted
  }

  async #wait(id: string, ms: number): Promise<boolean> {
    for (let left = ms; left > 0; left -= BEAT_MS) {
      await sleep(Math.min(left, BEAT_MS), undefined, { signal: this.#closing.signal }).catch(() => {})
      if (left > BEAT_MS && !(await this.#advance(id, 0, 0))) return false
    }
    return !this.#closing.signal.aborted
  }
}

const GONE = 'the server that ran it is gone: start it again to go on with what still matches'
const STOPPED = 'the server that ran it was stopped: start it again to go on with what still matches'
