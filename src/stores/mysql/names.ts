import { list, sql, table } from '../sql/database.ts'
import { Numbers } from '../sql/numbers.ts'
import type { MysqlDatabase } from './database.ts'

interface Handler {
  class: string
  method: string
}

/**
 * The small integers that stand for a queue or a handler in every other table. Neither is ever deleted or renamed,
 * so what was read once holds. They are learned outside the transactions that use them: nobody waits for another's.
 */
export class Names {
  readonly #database: MysqlDatabase
  readonly #queues = new Numbers()
  readonly #handlers = new Numbers()
  /** A connection was lost since they were read. */
  #doubtful = false

  constructor(database: MysqlDatabase) {
    this.#database = database
    database.pool.onLoss = () => {
      this.#doubtful = true
    }
  }

  /** Known after {@link learn}. */
  queueId(name: string): number {
    return this.#queues.number(name)
  }

  /** Known after {@link learn}. */
  handlerId({ class: className, method }: Handler): number {
    return this.#handlers.number(handlerKey(className, method))
  }

  /** Known after {@link learnNumbers}. */
  queueName(id: number): string {
    return this.#queues.name(id)
  }

  /** Known after {@link learnNumbers}. */
  handler(id: number): Handler {
    const [className = '', method = ''] = this.#handlers.name(id).split('\n')
    return { class: className, method }
  }

  /** Gives a number to whatever of these jobs has none yet. */
  async learn(jobs: Iterable<Handler & { queue: string }>): Promise<void> {
    if (this.#doubtful) await this.#verify()
    for (const { class: className, method, queue } of jobs) {
      if (!this.#queues.has(queue)) await this.#learnQueue(queue)
      if (!this.#handlers.has(handlerKey(className, method))) await this.#learnHandler(className, method)
    }
  }

  /** Reads the names of numbers that it has not met yet. */
  async learnNumbers(rows: Iterable<{ queue: number; handler: number }>): Promise<void> {
    if (this.#doubtful) await this.#verify()
    const queues = new Set<number>()
    const handlers = new Set<number>()
    for (const { queue, handler } of rows) {
      if (!this.#queues.hasNumber(queue)) queues.add(queue)
      if (!this.#handlers.hasNumber(handler)) handlers.add(handler)
    }
    if (queues.size > 0) {
      const found = await this.#database.all<{ id: number; name: string }>(
        sql`select id, name from ${table.queue} where id in (${list([...queues])})`,
      )
      for (const { id, name } of found) this.#queues.set(name, id)
    }
    if (handlers.size > 0) {
      const found = await this.#database.all<Handler & { id: number }>(
        sql`select id, class, method from ${table.handler} where id in (${list([...handlers])})`,
      )
      for (const { id, class: className, method } of found) this.#handlers.set(handlerKey(className, method), id)
    }
  }

  /**
   * The numbers of all handlers but the named ones (`Class.method`). One that is stored after this look is not among
   * them: whoever passes over some by what it saw then would take it, whatever its name.
   */
  async handlerIdsBut(names: readonly string[]): Promise<number[]> {
    const pairs = names.map((name) => {
      const dot = name.lastIndexOf('.')
      return sql`(${name.slice(0, dot)}, ${name.slice(dot + 1)})`
    })
    const rows = await this.#database.all<{ id: number }>(
      sql`select id from ${table.handler} where (class, method) not in (${list(pairs)})`,
    )
    return rows.map(({ id }) => id)
  }

  async #verify(): Promise<void> {
    this.#doubtful = false
    try {
      await this.#queues.verify(async () => {
        const rows = await this.#database.all<{ id: number; name: string }>(sql`select id, name from ${table.queue}`)
        return rows.map(({ id, name }) => [name, id] as const)
      })
      await this.#handlers.verify(async () => {
        const rows = await this.#database.all<Handler & { id: number }>(
          sql`select id, class, method from ${table.handler}`,
        )
        return rows.map(({ id, class: className, method }) => [handlerKey(className, method), id] as const)
      })
    } catch (error) {
      this.#doubtful = true
      throw error
    }
  }

  async #learnQueue(name: string): Promise<void> {
    const find = () => this.#database.all<{ id: number }>(sql`select id from ${table.queue} where name = ${name}`)
    let [row] = await find()
    if (row === undefined) {
      // Of two at once the second is ignored. Looked for first: even what is ignored uses up a number.
      await this.#database.run(sql`insert ignore into ${table.queue} (name) values (${name})`)
      ;[row] = await find()
    }
    this.#queues.set(name, (row as { id: number }).id)
  }

  async #learnHandler(className: string, method: string): Promise<void> {
    const find = () =>
      this.#database.all<{ id: number }>(
        sql`select id from ${table.handler} where class = ${className} and method = ${method}`,
      )
    let [row] = await find()
    if (row === undefined) {
      await this.#database.run(
        sql`insert ignore into ${table.handler} (class, method) values (${className}, ${method})`,
      )
      ;[row] = await find()
    }
    this.#handlers.set(handlerKey(className, method), (row as { id: number }).id)
  }
}

function handlerKey(className: string, method: string): string {
  return `${className}\n${method}`
}
