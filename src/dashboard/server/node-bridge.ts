import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { isBelow } from './base-path.ts'

/** As Express, Connect, Nest and `node:http` call it. */
export type NodeListener = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => Promise<void>

/** What Express and Connect add to a request. */
interface Mounted extends IncomingMessage {
  /** The address before a router took its own part off. */
  originalUrl?: string
  /** What routers have taken off. */
  baseUrl?: string
  /** What a parser has read of the body already. */
  body?: unknown
  rawBody?: Buffer
}

/** Answers a request; `basePath` is where it was found to be mounted. */
type Answer = (request: Request, basePath: string, remote: string | undefined) => Promise<Response>

/**
 * A handler for Node's own requests.
 * @param basePath Undefined where the framework's router tells.
 */
export function nodeListener(basePath: string | undefined, answer: Answer): NodeListener {
  const mountedAt = (request: Mounted) => basePath ?? (request.baseUrl || '').replace(/\/+$/, '')
  const listener = getRequestListener(
    async (request, env) => {
      const incoming = env.incoming as Mounted
      return await answer(request, mountedAt(incoming), incoming.socket?.remoteAddress)
    },
    // The app's own globals are the app's own business.
    { overrideGlobalObjects: false },
  )
  return async (request: Mounted, response, next) => {
    const url = request.originalUrl ?? request.url ?? '/'
    const [path = '/'] = url.split('?', 1)
    if (next !== undefined && !isBelow(mountedAt(request), path)) {
      next()
      return
    }
    // What was taken off counts: links and cookies are for the whole address.
    request.url = url
    restoreBody(request)
    await listener(request, response)
  }
}

/** A parser before us has read the body, and its stream is empty: it is put back as the text that it was. */
function restoreBody(request: Mounted): void {
  if (!request.readableEnded || request.rawBody !== undefined) return
  if (request.body !== undefined) request.rawBody = Buffer.from(JSON.stringify(request.body))
}
