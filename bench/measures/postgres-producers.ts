import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineApp } from '../app/app.ts'
import { Noop } from '../app/jobs.ts'
import { callInProcess } from '../call.ts'
import { type Context, type Figures, type Measure, perSecond } from '../measure.ts'
import { openGraphile } from '../peers/server/graphile.ts'
import type { OpenPeer, Servers } from '../peers/server/peer.ts'
import { openPgBoss } from '../peers/server/pg-boss.ts'
import { onServers } from '../servers.ts'

export default {
  title: 'Enqueue on PostgreSQL by several processes: eight that await one after the other, four with 32 at a time',
  sides: ['offstage', 'untold', 'graphile', 'pgBoss'],
  postgres: true,
} satisfies Measure

/** To start, to connect and to be warm. */
const BEFORE_MS = 4_000
const COUNTED_MS = 6_000

const PEERS: Record<string, OpenPeer> = { graphile: openGraphile, pgBoss: openPgBoss }

interface Given {
  who: string
  servers: Servers
  folder: string
  atATime: number
  /** By the machine's clock. */
  from: number
  until: number
}

export const offstage = side('offstage')
/** Offstage with `notify=false`: nobody is told of anything. */
export const untold = side('untold')
export const graphile = side('graphile')
export const pgBoss = side('pgBoss')

function side(who: string): (context: Context) => Promise<Figures> {
  return async ({ folder, scale }) =>
    await onServers(async (servers) => {
      const first = await open({ who, servers, folder })
      await first.one()
      await first.close()
      const rate = async (processes: number, atATime: number) => {
        const from = Date.now() + BEFORE_MS
        const times = { from, until: from + COUNTED_MS * scale }
        const stored = Array.from({ length: processes }, async (_, index) => {
          const own = join(folder, `${atATime}-${index}`)
          mkdirSync(own)
          const given: Given = { who, servers, folder: own, atATime, ...times }
          return await callInProcess<number>(import.meta.filename, 'produce', given)
        })
        const sum = (await Promise.all(stored)).reduce((all, each) => all + each, 0)
        return perSecond(sum, times.until - times.from)
      }
      return { single: await rate(8, 1), concurrent: await rate(4, 32) }
    })
}

/** Stores jobs for as long as it is told to; returns how many of them in the time that counts. */
export async function produce({ who, servers, folder, atATime, from, until }: Given): Promise<number> {
  const { one, close } = await open({ who, servers, folder })
  let stored = 0
  const caller = async () => {
    while (Date.now() < until) {
      await one()
      const now = Date.now()
      if (now >= from && now < until) stored += 1
    }
  }
  await Promise.all(Array.from({ length: atATime }, caller))
  await close()
  return stored
}

async function open({ who, servers, folder }: Pick<Given, 'who' | 'servers' | 'folder'>) {
  const openPeer = PEERS[who]
  if (openPeer !== undefined) {
    const peer = await openPeer(servers)
    return { one: () => peer.one({}), close: () => peer.close() }
  }
  const database = who === 'untold' ? `${servers.postgres}?notify=false` : servers.postgres
  const app = defineApp({ folder, database })
  return { one: () => app.runBackgroundJob(Noop, 'run'), close: () => app.close() }
}
