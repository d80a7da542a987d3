import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OffstageError } from '../core/errors.ts'

/** A browser keeps a connection for its stream of events; what is slower than this to ask is no browser. */
const HEADERS_MS = 10_000
const REQUEST_MS = 60_000

export interface Place {
  host: string
  /** 0 for any that is free. */
  port: number
}

export interface Listening {
  server: Server
  port: number
  close(): Promise<void>
}

/**
 * Serves HTTP at a place, or at one of the next ports where others will do.
 * @param others How many further ports are tried when one is taken.
 * @throws OffstageError PORT_TAKEN
 */
export async function listen(listener: RequestListener, { host, port }: Place, others = 0): Promise<Listening> {
  for (let next = port; ; next++) {
    const server = createServer({ headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS }, listener)
    try {
      await bind(server, host, next)
      return { server, port: (server.address() as AddressInfo).port, close: () => close(server) }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      const isTaken = code === 'EADDRINUSE' || code === 'EACCES'
      if (isTaken && next < port + others && next < 65_535) continue
      const place = `${host.includes(':') ? `[${host}]` : host}:${port}`
      const why = isTaken ? 'is taken by another program' : `cannot be listened at (${message})`
      const what = `${place} ${why}: name another with --port or OFFSTAGE_PORT (0: any that is free), or stop what has it`
      throw new OffstageError('PORT_TAKEN', what, { cause: error })
    }
  }
}

async function bind(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // Streams of events have no end of their own.
  server.closeAllConnections()
  await closed
}
