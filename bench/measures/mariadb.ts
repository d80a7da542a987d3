import { createConnection } from 'mysql2/promise'
import { drainInline } from '../app/drain.ts'
import { fill } from '../app/fill.ts'
import { type Context, type Figures, type Measure, scaled } from '../measure.ts'
import { enqueueWays } from './postgres-enqueue.ts'

export default {
  title: 'Drain and enqueue on MariaDB or MySQL',
  sides: ['drain', 'enqueue'],
} satisfies Measure

const MYSQL = process.env.OFFSTAGE_BENCH_MYSQL ?? 'mysql://root@127.0.0.1:3306'
const JOBS = 100_000

export async function drain({ folder, scale }: Context): Promise<Figures> {
  const jobs = scaled(JOBS, scale)
  return await onMysql(async (database) => {
    await fill(folder, jobs, database)
    return { rate: await drainInline({ folder, database }, jobs) }
  })
}

export async function enqueue({ folder, scale }: Context): Promise<Figures> {
  const sizes = { single: 3_000, concurrent: 60_000, bulk: 100_000 }
  return await onMysql((database) => enqueueWays({ folder, database }, scale, sizes))
}

async function onMysql<Result>(use: (database: string) => Promise<Result>): Promise<Result> {
  const name = `offstage_bench_${process.pid}`
  const url = new URL(MYSQL)
  const connection = await createConnection(MYSQL)
  await connection.query(`create database ${name}`)
  url.pathname = `/${name}`
  try {
    return await use(url.href)
  } finally {
    await connection.query(`drop database ${name}`)
    await connection.end()
  }
}
