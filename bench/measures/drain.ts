import { drainInline } from '../app/drain.ts'
import { fill } from '../app/fill.ts'
import { callInProcess } from '../call.ts'
import { drainLayout } from '../floor/layout.ts'
import { drainOneTable } from '../floor/one-table.ts'
import { type Context, type Figures, type Measure, scaled } from '../measure.ts'
import { drainPlainjob } from '../peers/plainjob.ts'

export default {
  title: 'Drain of no-op jobs by one worker, inline, history kept, no log files',
  sides: ['offstage', 'plainjob', 'floor', 'layout'],
} satisfies Measure

const JOBS = 200_000

export async function offstage({ folder, scale }: Context): Promise<Figures> {
  const jobs = scaled(JOBS, scale)
  await fill(folder, jobs)
  return { rate: await drainInline({ folder }, jobs) }
}

/** A tenth of the jobs: it takes a second for them too. */
export async function plainjob({ folder, scale }: Context): Promise<Figures> {
  const jobs = scaled(JOBS / 10, scale)
  await callInProcess(new URL('../peers/plainjob.ts', import.meta.url).href, 'enqueuePlainjobs', { folder, jobs })
  return { rate: await drainPlainjob(folder, jobs) }
}

export async function floor({ folder, scale }: Context): Promise<Figures> {
  return { rate: drainOneTable(folder, scaled(JOBS, scale)) }
}

export async function layout({ folder, scale }: Context): Promise<Figures> {
  const jobs = scaled(JOBS, scale)
  await fill(folder, jobs)
  return { rate: drainLayout(folder, jobs) }
}
