import type { MoveStore } from '../../../store/move.ts'
import type { Database, Statement } from '../database.ts'
import { countFinished, counts, databaseId, depart, departed, departure, welcome } from './departure.ts'
import { readKept, receivedKept, receiveKept } from './kept.ts'
import { portions, queueStates, read } from './read.ts'
import { arrival, receive, receiveQueues } from './receive.ts'
import { letGo, type TakeFirst, takeFinished, takePending, underWay } from './take.ts'

export interface MoveDialect {
  takeFirst: TakeFirst
  /** Tells the workers that there is something to do, when its transaction commits. */
  wake?: Statement
  /** Where a line of a log is stored in other words than it was written in. */
  lines?: { stored(text: string): string; written(text: string): string }
}

export function createMoveStore(database: Database, dialect: MoveDialect): MoveStore {
  const { takeFirst } = dialect
  return {
    databaseId: () => databaseId(database),
    now: () => database.now(),
    departure: () => departure(database),
    count: () => counts(database),
    countFinished: () => countFinished(database),

    depart: (target, mover) => depart(database, target, mover),
    takePending: (mover, limit) => takePending(database, takeFirst, mover, limit),
    takeFinished: (mover, limit) => takeFinished(database, mover, limit),
    underWay: (limit) => underWay(database, limit),
    portions: (keys, bytes) => portions(database, keys, bytes),
    read: (keys) => read(database, keys, dialect),
    letGo: (mover, keys) => letGo(database, mover, keys),
    departed: (mover) => departed(database, mover),

    welcome: () => welcome(database),
    received: (from) => arrival(database, from),
    receive: (from, batch, keys) => receive(database, from, batch, keys, dialect),

    queueStates: () => queueStates(database),
    receiveQueues: (from, queues) => receiveQueues(database, from, queues),

    readKept: (table, after) => readKept(database, table, after),
    receiveKept: (from, table, page) => receiveKept(database, from, table, page),
    receivedKept: (from, table) => receivedKept(database, from, table),
  }
}
