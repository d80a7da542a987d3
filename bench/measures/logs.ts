import { drainInline } from '../app/drain.ts'
import { fill } from '../app/fill.ts'
import { type Context, type Figures, type Measure, scaled } from '../measure.ts'

export default {
  title: 'The same drain without and with the two log files',
  sides: ['off', 'on'],
} satisfies Measure

const JOBS = 200_000

export async function off(context: Context): Promise<Figures> {
  return await drain(context, false)
}

export async function on(context: Context): Promise<Figures> {
  return await drain(context, true)
}

async function drain({ folder, scale }: Context, logs: boolean): Promise<Figures> {
  const jobs = scaled(JOBS, scale)
  await fill(folder, jobs)
  return { rate: await drainInline({ folder, logs }, jobs) }
}
