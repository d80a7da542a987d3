import { list, sql, table } from '../sql/database.ts'
import { texts } from './arrays.ts'
import type { PostgresDatabase } from './database.ts'

interface Named {
  class: string
  method: string
  queue: string
}

/**
 * The small integers that stand for a queue or a handler in every other table. Neither is ever deleted or renamed, so
 * what was read once holds for ever. A new one is stored in a transaction of its own.
 */
export class Names {
  readonly #database: PostgresDatabase
  readonly #queueIds = new Map<string, number>()
  readonly #queueNames = new Map<number, string>()
  readonly #handlerIds = new Map<string, number>()
  readonly #handlers = new Map<number, { class: string; method: string }>()

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  /** Makes sure that {@link queueId} and {@link handlerId} know all that is named. */
  async store(named: readonly Named[]): Promise<void> {
    const queues = new Set<string>()
    const handlers = new Map<string, Named>()
    for (const each of named) {
      if (!this.#queueIds.has(each.queue)) queues.add(each.queue)
      const key = handlerKey(each)
      if (!this.#handlerIds.has(key)) handlers.set(key, each)
    }
    if (queues.size > 0) {
      const names = texts([...queues], (name) => name)
      await this.#insert('queue', 'name', sql`select unnest(${names}::text[])`)
      await this.#readQueues()
    }
    if (handlers.size > 0) {
      const all = [...handlers.values()]
      const classes = texts(all, (each) => each.class)
      const methods = texts(all, (each) => each.method)
      await this.#insert('handler', 'class, method', sql`select * from unnest(${classes}::text[], ${methods}::text[])`)
      await this.#readHandlers()
    }
  }

  queueId(name: string): number {
    return this.#queueIds.get(name) as number
  }

  handlerId(named: Named): number {
    return this.#handlerIds.get(handlerKey(named)) as number
  }

  /** Makes sure that {@link queueName} and {@link handler} know these numbers. */
  async know(queues: Iterable<number>, handlers: Iterable<number>): Promise<void> {
    for (const id of queues) {
      if (this.#queueNames.has(id)) continue
      await this.#readQueues()
      break
    }
    for (const id of handlers) {
      if (this.#handlers.has(id)) continue
      await this.#readHandlers()
      break
    }
  }

  queueName(id: number): string {
    return this.#queueNames.get(id) as string
  }

  handler(id: number): { class: string; method: string } {
    return this.#handlers.get(id) as { class: string; method: string }
  }

  async #insert(name: 'queue' | 'handler', columns: string, rows: ReturnType<typeof sql>): Promise<void> {
    const into = { text: `insert into {${name}} (${columns}) `, values: [] }
    await this.#database.run(list([into, rows, sql`on conflict do nothing`], ' '))
  }

  async #readQueues(): Promise<void> {
    const rows = await this.#database.all<{ id: number; name: string }>(sql`select id, name from ${table.queue}`)
    for (const { id, name } of rows) {
      this.#queueIds.set(name, id)
      this.#queueNames.set(id, name)
    }
  }

  async #readHandlers(): Promise<void> {
    const rows = await this.#database.all<{ id: number; class: string; method: string }>(
      sql`select id, class, method from ${table.handler}`,
    )
    for (const { id, class: className, method } of rows) {
      this.#handlerIds.set(handlerKey({ class: className, method }), id)
      this.#handlers.set(id, { class: className, method })
    }
  }
}

function handlerKey({ class: className, method }: Pick<Named, 'class' | 'method'>): string {
  return `${className}.${method}`
}
