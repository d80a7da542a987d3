import type { SqliteDatabase } from './database.ts'

/**
 * The small integers that stand for a queue or a handler in every other table. Neither is ever deleted or renamed,
 * so what was read once holds for the life of the connection. Inside an open transaction only.
 */
export class Names {
  #database: SqliteDatabase
  #queueIds = new Map<string, number>()
  #queueNames = new Map<number, string>()
  #handlerIds = new Map<string, number>()
  #handlers = new Map<number, { class: string; method: string }>()

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  queueId(name: string): number {
    return this.#queueIds.get(name) ?? this.#learnQueue(name)
  }

  /** The queue's number if there is such a queue. */
  findQueueId(name: string): number | undefined {
    const known = this.#queueIds.get(name)
    if (known !== undefined) return known
    const [row] = this.#database.query<{ id: number }>('select id from offstage_queue where name = ?', name)
    return row?.id
  }

  queueName(id: number): string {
    const known = this.#queueNames.get(id)
    if (known !== undefined) return known
    const [row] = this.#database.query<{ name: string }>('select name from offstage_queue where id = ?', id)
    const name = row?.name ?? 'default'
    this.#queueNames.set(id, name)
    return name
  }

  handlerId(className: string, method: string): number {
    return this.#handlerIds.get(`${className}.${method}`) ?? this.#learnHandler(className, method)
  }

  handler(id: number): { class: string; method: string } {
    const known = this.#handlers.get(id)
    if (known !== undefined) return known
    const [row] = this.#database.query<{ class: string; method: string }>(
      'select class, method from offstage_handler where id = ?',
      id,
    )
    const handler = { class: row?.class ?? '?', method: row?.method ?? '?' }
    if (row !== undefined) this.#handlers.set(id, handler)
    return handler
  }

  /** The numbers of those of the named handlers (`Class.method`) that were ever enqueued. */
  knownHandlerIds(names: readonly string[]): number[] {
    const ids: number[] = []
    for (const name of names) {
      const dot = name.lastIndexOf('.')
      const [row] = this.#database.query<{ id: number }>(
        'select id from offstage_handler where class = ? and method = ?',
        name.slice(0, dot),
        name.slice(dot + 1),
      )
      if (row !== undefined) ids.push(row.id)
    }
    return ids
  }

  /** To be called when a transaction was rolled back: what it had learned may not exist. */
  forget(): void {
    this.#queueIds.clear()
    this.#handlerIds.clear()
    this.#queueNames.clear()
    this.#handlers.clear()
  }

  #learnQueue(name: string): number {
    this.#database.change('insert into offstage_queue (name) values (?) on conflict (name) do nothing', name)
    const [row] = this.#database.query<{ id: number }>('select id from offstage_queue where name = ?', name)
    const id = (row as { id: number }).id
    this.#queueIds.set(name, id)
    return id
  }

  #learnHandler(className: string, method: string): number {
    this.#database.change(
      'insert into offstage_handler (class, method) values (?, ?) on conflict (class, method) do nothing',
      className,
      method,
    )
    const [row] = this.#database.query<{ id: number }>(
      'select id from offstage_handler where class = ? and method = ?',
      className,
      method,
    )
    const id = (row as { id: number }).id
    this.#handlerIds.set(`${className}.${method}`, id)
    return id
  }
}
