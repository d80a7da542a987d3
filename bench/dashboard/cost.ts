import { backendsOf, childrenNamed, secondsOf } from '../servers.ts'

/** Processor time of the process that answers the dashboard's queries, and of the server's for it, in seconds. */
export async function querySeconds(database: string): Promise<number> {
  const pids = await childrenNamed('queries/process-entry')
  const backends = database.startsWith('sqlite:') ? [] : await Promise.all(pids.map((pid) => backendsOf(pid, database)))
  return await secondsOf([...pids, ...backends.flat()])
}

/** Of this process, which serves, and of those: in hundredths of a core while nothing else is done here. */
export async function costWhile(database: string, pass: () => Promise<void>): Promise<number> {
  const own = process.cpuUsage()
  const queries = await querySeconds(database)
  const beganAt = performance.now()
  await pass()
  const { user, system } = process.cpuUsage(own)
  const used = (user + system) / 1e6 + (await querySeconds(database)) - queries
  return (100 * used) / ((performance.now() - beganAt) / 1_000)
}
