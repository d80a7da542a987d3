import { defineApp } from '../app/app.ts'
import { addPending, fillFull } from '../app/full.ts'
import { Tally } from '../app/tally.ts'
import { type Context, type Figures, type Measure, perSecond, scaled } from '../measure.ts'

export default {
  title: 'Drain with 1,000,000 pending, finished and delayed each and 100,000 blocked, beside 20,000 pending alone',
  sides: ['small', 'full'],
  prepare: 'prepare',
} satisfies Measure

const PARTS = 6
const PART = 20_000

export async function prepare({ shared, scale }: Context): Promise<void> {
  await fillFull(shared, scale)
}

export async function small({ folder, scale }: Context): Promise<Figures> {
  return { rate: await drainParts(folder, scaled(PART, scale)) }
}

/** Keeps the file as full as it was: what is drained is added again. */
export async function full({ shared, scale }: Context): Promise<Figures> {
  return { rate: await drainParts(shared, scaled(PART, scale)) }
}

/** Six times 20,000 jobs, with a pause for adding as many again, so that both files are measured in the same way. */
export async function drainParts(folder: string, jobs: number, database?: string): Promise<number> {
  let ms = 0
  for (let part = 0; part < PARTS; part++) {
    await addPending(folder, jobs, database)
    const app = defineApp({ folder, database })
    const tally = Tally.expect(jobs)
    await app.start()
    await tally.done
    ms += tally.lastAt - tally.firstAt
    await app.close()
  }
  return perSecond(PARTS * jobs, ms)
}
