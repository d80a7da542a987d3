import type { MoveStore } from '../../../store/move.ts'
import type { Database, Statement } from '../database.ts'
import { countFinished, counts, databaseId, depart, departed, departure, welcome } from './departure.ts'
import { readKept, receivedKept, receiveKept } from './kept.ts'
import { portions, queueStates, read } from './read.ts'
import { arrival, receive, receiveQueues } from './receive.ts'
import { type IsOneOf, isInList, letGo, takeFinished, takePending, underWay } from './take.ts'

export interface MoveDialect {
  /** Where a list of rows is said in another way than `(a, b) in ((1, 2), …)`. */
  isOneOf?: IsOneOf
  /** Tells the workers that there is something to do, when its transaction commits. */
  wake?: Statement
}

export function createMoveStore(database: Database, { isOneOf = isInList, wake }: MoveDialect = {}): MoveStore {
  return {
    databaseId: () => databaseId(database),
    departure: () => departure(database),
    count: () => counts(database),
    countFinished: () => countFinished(database),

    depart: (target, mover) => depart(database, target, mover),
    takePending: (mover, limit) => takePending(database, isOneOf, mover, limit),
    takeFinished: (mover, limit) => takeFinished(database, mover, limit),
    underWay: (limit) => underWay(database, limit),
    portions: (keys, bytes) => portions(database, keys, bytes),
    read: (keys) => read(database, keys),
    letGo: (mover, keys) => letGo(database, mover, keys),
    departed: (mover) => departed(database, mover),

    welcome: () => welcome(database),
    received: (from) => arrival(database, from),
    receive: (from, batch, keys) => receive(database, from, batch, keys, wake),

    queueStates: () => queueStates(database),
    receiveQueues: (from, queues) => receiveQueues(database, from, queues),

    readKept: (table, after) => readKept(database, table, after),
    receiveKept: (from, table, page) => receiveKept(database, from, table, page),
    receivedKept: (from, table) => receivedKept(database, from, table),
  }
}
