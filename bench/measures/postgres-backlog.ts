import { fillFull } from '../app/full.ts'
import { type Context, type Figures, type Measure, scaled } from '../measure.ts'
import { onServers } from '../servers.ts'
import { drainParts } from './backlog.ts'

export default {
  title: 'Drain on PostgreSQL with 1,000,000 pending, finished and delayed each, beside 20,000 pending alone',
  sides: ['small', 'full'],
  postgres: true,
} satisfies Measure

const PART = 20_000

export async function small({ folder, scale }: Context): Promise<Figures> {
  return await onServers(async ({ postgres }) => ({ rate: await drainParts(folder, scaled(PART, scale), postgres) }))
}

export async function full({ folder, scale }: Context): Promise<Figures> {
  return await onServers(async ({ postgres }) => {
    await fillFull(folder, scale, postgres)
    return { rate: await drainParts(folder, scaled(PART, scale), postgres) }
  })
}
