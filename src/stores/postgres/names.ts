import { list, sql, table } from '../sql/database.ts'
import { Numbers } from '../sql/numbers.ts'
import { texts } from './arrays.ts'
import type { PostgresDatabase } from './database.ts'

export interface Handler {
  class: string
  method: string
}

type Named = Handler & { queue: string }

/**
 * The small integers that stand for a queue or a handler in every other table. Neither is ever deleted or renamed. A new
 * one is stored in a transaction of its own.
 */
export class Names {
  readonly #database: PostgresDatabase
  readonly #queues = new Numbers()
  readonly #handlers = new Numbers()
  /** A connection was lost since they were read. */
  #doubtful = false

  constructor(database: PostgresDatabase) {
    this.#database = database
    database.pool.onLoss = () => {
      this.#doubtful = true
    }
  }

  /** Makes sure that {@link queueId} and {@link handlerId} know all that is named. */
  async store(named: readonly Named[]): Promise<void> {
    if (this.#doubtful) await this.#verify()
    const queues = new Set<string>()
    const handlers = new Map<string, Named>()
    for (const each of named) {
      if (!this.#queues.has(each.queue)) queues.add(each.queue)
      const key = handlerKey(each)
      if (!this.#handlers.has(key)) handlers.set(key, each)
    }
    if (queues.size > 0) {
      const names = texts([...queues], (name) => name)
      await this.#insert('queue', 'name', sql`select unnest(${names}::text[])`)
      for (const [name, id] of await this.#readQueues()) this.#queues.set(name, id)
    }
    if (handlers.size > 0) {
      const all = [...handlers.values()]
      const classes = texts(all, (each) => each.class)
      const methods = texts(all, (each) => each.method)
      await this.#insert('handler', 'class, method', sql`select * from unnest(${classes}::text[], ${methods}::text[])`)
      for (const [key, id] of await this.#readHandlers()) this.#handlers.set(key, id)
    }
  }

  queueId(name: string): number {
    return this.#queues.number(name)
  }

  handlerId(named: Handler): number {
    return this.#handlers.number(handlerKey(named))
  }

  /** Makes sure that {@link queueName} and {@link handler} know these numbers. */
  async know(queues: readonly number[], handlers: readonly number[]): Promise<void> {
    if (this.#doubtful) await this.#verify()
    if (!queues.every((id) => this.#queues.hasNumber(id)))
      for (const [name, id] of await this.#readQueues()) this.#queues.set(name, id)
    if (!handlers.every((id) => this.#handlers.hasNumber(id)))
      for (const [key, id] of await this.#readHandlers()) this.#handlers.set(key, id)
  }

  queueName(id: number): string {
    return this.#queues.name(id)
  }

  handler(id: number): Handler {
    const [className = '', method = ''] = this.#handlers.name(id).split('\n')
    return { class: className, method }
  }

  async #insert(name: 'queue' | 'handler', columns: string, rows: ReturnType<typeof sql>): Promise<void> {
    const into = { text: `insert into {${name}} (${columns}) `, values: [] }
    await this.#database.run(list([into, rows, sql`on conflict do nothing`], ' '))
  }

  async #verify(): Promise<void> {
    this.#doubtful = false
    try {
      await this.#queues.verify(() => this.#readQueues())
      await this.#handlers.verify(() => this.#readHandlers())
    } catch (error) {
      this.#doubtful = true
      throw error
    }
  }

  async #readQueues(): Promise<(readonly [name: string, id: number])[]> {
    const rows = await this.#database.all<{ id: number; name: string }>(sql`select id, name from ${table.queue}`)
    return rows.map(({ id, name }) => [name, id])
  }

  async #readHandlers(): Promise<(readonly [key: string, id: number])[]> {
    const rows = await this.#database.all<Handler & { id: number }>(sql`select id, class, method from ${table.handler}`)
    return rows.map(({ id, ...handler }) => [handlerKey(handler), id])
  }
}

function handlerKey({ class: className, method }: Handler): string {
  return `${className}\n${method}`
}
