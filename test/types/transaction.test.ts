import { DatabaseSync } from 'node:sqlite'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Knex } from 'knex'
import type { Kysely, Transaction as KyselyTransaction } from 'kysely'
import type { Connection, Pool as MysqlPool, PoolConnection } from 'mysql2'
import type { Connection as PromiseConnection, Pool as PromisePool } from 'mysql2/promise'
import type { Client, Pool, PoolClient } from 'pg'
import type { Sql, TransactionSql } from 'postgres'
import type { DataSource, EntityManager, QueryRunner } from 'typeorm'
import { describe, test } from 'vitest'
import type { PrismaClient } from '../../examples/transactions/prisma/generated/client.ts'
import { allow, defineOffstage, type Transaction } from '../../src/index.ts'

// For the compiler, which `compile.test.ts` runs: an `@ts-expect-error` fails when the line after it does compile.

class SampleJob {
  process(): void {}
}

const { runBackgroundJob, runBackgroundJobs } = defineOffstage({
  database: 'sqlite::memory:',
  logs: false,
  jobs: [allow(SampleJob, 'process')],
})

const compileOnly = (_: () => unknown) => {}
const take = (_: Transaction) => {}
declare function a<Type>(): Type

describe('tx', () => {
  test('is what each library gives to a transaction', () => {
    compileOnly(() => {
      take(a<Client>())
      take(a<PoolClient>())
      take(a<TransactionSql>())
      take(a<Connection>())
      take(a<PoolConnection>())
      take(a<PromiseConnection>())
      take(new DatabaseSync(':memory:'))
      take(a<KyselyTransaction<{ orders: { id: number } }>>())
      take(a<Parameters<Parameters<NodePgDatabase['transaction']>[0]>[0]>())
      take(a<Knex.Transaction>())
      take(a<Parameters<Parameters<PrismaClient['$transaction']>[0]>[0]>())
      take(a<EntityManager>())
      take(a<QueryRunner>())
    })
  })

  test('is no pool, no client as a whole, and nothing else', () => {
    compileOnly(() => {
      // @ts-expect-error
      take(a<Pool>())
      // @ts-expect-error
      take(a<Sql>())
      // @ts-expect-error
      take(a<MysqlPool>())
      // @ts-expect-error
      take(a<PromisePool>())
      // @ts-expect-error
      take(a<Kysely<{ orders: { id: number } }>>())
      // @ts-expect-error
      take(a<NodePgDatabase>())
      // @ts-expect-error
      take(a<Knex>())
      // @ts-expect-error
      take(a<PrismaClient>())
      // @ts-expect-error
      take(a<DataSource>())
      // @ts-expect-error
      take('begin')
      // @ts-expect-error
      take({})
      // @ts-expect-error
      take(null)
    })
  })

  test('is an option of one job, and of a list behind it', () => {
    compileOnly(() => {
      const tx = a<PoolClient>()
      void runBackgroundJob(SampleJob, 'process', [], { tx, priority: 'high' })
      void runBackgroundJob(SampleJob, 'process', [], { tx: a<PoolClient | undefined>() })
      void runBackgroundJobs([[SampleJob, 'process']], { tx })
      // @ts-expect-error
      void runBackgroundJobs([[SampleJob, 'process', [], { tx }]])
      // @ts-expect-error
      void runBackgroundJobs([[SampleJob, 'process']], { priority: 'high' })
    })
  })
})
