import type { Isolation } from '../../dist/index.js'
import { drainInChildren } from '../app/drain.ts'
import { fill } from '../app/fill.ts'
import { type Context, type Figures, type Measure, scaled } from '../measure.ts'

export default {
  title: 'Drain of no-op jobs by two warm children',
  sides: ['process', 'thread'],
} satisfies Measure

const JOBS = 60_000
const CHILDREN = 2

async function drain({ folder, scale }: Context, isolation: Isolation): Promise<Figures> {
  const jobs = scaled(JOBS, scale)
  // The children are starting and their code is cold meanwhile.
  const warmUp = scaled(10_000, scale)
  await fill(folder, jobs + warmUp)
  return { rate: await drainInChildren({ folder, isolation }, { jobs, warmUp, children: CHILDREN }) }
}

async function inProcesses(context: Context): Promise<Figures> {
  return await drain(context, 'process')
}

async function inThreads(context: Context): Promise<Figures> {
  return await drain(context, 'thread')
}

export { inProcesses as process, inThreads as thread }
