import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { OwnPostgres } from './own-postgres.ts'

/** Where the run can be asked for its server. */
const PORT = 'OFFSTAGE_TEST_POSTGRES_PORT'

/** It need not survive a power cut: what tests look at is what happens when processes die. */
const SETTINGS = ['fsync=off', 'max_connections=300']

type Answer = { url: string } | { missing: string }

/** Around the whole run: starts a PostgreSQL when the first test asks for it, and removes it at the end. */
export async function setup(): Promise<() => Promise<void>> {
  let starting: Promise<OwnPostgres> | undefined
  const desk = createServer((socket) => {
    socket.on('error', () => {})
    starting ??= OwnPostgres.create(SETTINGS)
    const answer = (told: Answer) => socket.end(JSON.stringify(told))
    starting.then(
      ({ url }) => answer({ url }),
      (error: Error) => answer({ missing: `none could be started: ${error.message}` }),
    )
  })
  desk.listen(0, '127.0.0.1')
  await once(desk, 'listening')
  process.env[PORT] = String((desk.address() as { port: number }).port)
  return async () => {
    desk.close()
    const server = await starting?.catch(() => undefined)
    await server?.[Symbol.asyncDispose]()
  }
}

/** Asks the run for its server. */
export async function serverOfRun(): Promise<Answer> {
  const socket = connect(Number(process.env[PORT]), '127.0.0.1')
  return JSON.parse(await text(socket)) as Answer
}
