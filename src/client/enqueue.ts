import { shown } from '../core/duration.ts'
import { OffstageError } from '../core/errors.ts'
import type { Handler } from '../core/handler.ts'
import type { Enqueued } from '../core/job.ts'
import { checkKeys } from '../core/options.ts'
import type { Registry } from '../core/registry.ts'
import type { NewJob } from '../store/store.ts'
import type { Transaction } from '../store/transaction.ts'
import { Coalescer } from './coalescer.ts'
import type { ManyOptions } from './job-types.ts'
import { createNewJob, type JobOptions } from './new-job.ts'

export interface EnqueuerOptions {
  registry: Registry
  maxArgsBytes: number
  /** Stores a batch in one transaction: one of its own, or that of the caller. */
  enqueue: (jobs: readonly NewJob[], tx?: Transaction) => Promise<Enqueued[]>
  /** How many batches at a time gain anything. */
  parallel: () => number
}

/** The untyped inside of `runBackgroundJob` and `runBackgroundJobs`. */
export class Enqueuer {
  readonly #registry: Registry
  readonly #maxArgsBytes: number
  readonly #enqueue: EnqueuerOptions['enqueue']
  readonly #coalescer: Coalescer
  /** Apart: what may have to give way to others is stored by more statements. */
  readonly #unique: Coalescer

  constructor({ registry, maxArgsBytes, enqueue, parallel }: EnqueuerOptions) {
    this.#registry = registry
    this.#maxArgsBytes = maxArgsBytes
    this.#enqueue = enqueue
    this.#coalescer = new Coalescer(enqueue, { maxInFlight: parallel })
    this.#unique = new Coalescer(enqueue)
  }

  one(target: unknown, method: string, args?: readonly unknown[], options?: JobOptions): Promise<Enqueued> {
    // Not an async function: its extra turns of the event loop would keep calls from sharing a transaction.
    try {
      const job = createNewJob(this.#resolve(target, method), args, options, this.#maxArgsBytes)
      const tx = options?.tx
      if (tx !== undefined) return this.#inTransaction(job, tx)
      return job instanceof Promise ? job.then((checked) => this.#add(checked)) : this.#add(job)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #add(job: NewJob): Promise<Enqueued> {
    return (job.unique === undefined ? this.#coalescer : this.#unique).add(job)
  }

  /** Alone, as part of no batch: nobody else's job may depend on this transaction. */
  async #inTransaction(job: NewJob | Promise<NewJob>, tx: Transaction): Promise<Enqueued> {
    const [enqueued] = await this.#enqueue([await job], tx)
    return enqueued as Enqueued
  }

  async many(jobs: readonly (readonly unknown[])[], options: ManyOptions = {}): Promise<Enqueued[]> {
    if (!Array.isArray(jobs)) {
      throw new OffstageError('OPTION_INVALID', `jobs is ${shown(jobs)}: use a list of [class, method, args, options]`)
    }
    checkKeys(options, ['tx'], '')
    const checked: (NewJob | Promise<NewJob>)[] = []
    try {
      for (const [i, job] of jobs.entries()) checked.push(this.#create(job, i))
    } catch (error) {
      // Those whose schema is still at work may refuse too: one error is told, the others must not go unheard.
      void Promise.allSettled(checked)
      throw error
    }
    return await this.#enqueue(await Promise.all(checked), options.tx)
  }

  /** Resolves when every call made so far has been answered. */
  async drained(): Promise<void> {
    await Promise.all([this.#coalescer.drained(), this.#unique.drained()])
  }

  #create(job: readonly unknown[], index: number): NewJob | Promise<NewJob> {
    try {
      if (!Array.isArray(job)) {
        throw new OffstageError('OPTION_INVALID', `it is ${shown(job)}: use [class, method, args, options]`)
      }
      const [target, method, args, options] = job as [unknown, string, (readonly unknown[])?, JobOptions?]
      if (options?.tx !== undefined) {
        throw new OffstageError('OPTION_INVALID', 'tx is for all jobs of a list: give it behind the list, as { tx }')
      }
      const created = createNewJob(this.#resolve(target, method), args, options, this.#maxArgsBytes)
      return created instanceof Promise ? created.catch((error) => fail(index, error)) : created
    } catch (error) {
      return fail(index, error)
    }
  }

  #resolve(target: unknown, method: string): Handler {
    return typeof target === 'string'
      ? this.#registry.resolve(target, method)
      : this.#registry.resolveClass(target, method)
  }
}

function fail(index: number, error: unknown): never {
  if (!(error instanceof OffstageError)) throw error
  throw new OffstageError(error.code, `jobs[${index}]: ${error.message}`, { cause: error })
}
