import type { Client } from './app.ts'

export interface SentEvent {
  event: string
  id: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: as JSON.parse gives it
  data: any
}

/** A stream of server-sent events, as a browser has it. */
export interface EventStream extends AsyncDisposable {
  status: number
  headers: Headers
  events: SentEvent[]
  comments: string[]
  /** True once the server has ended it. */
  readonly ended: boolean
}

export async function listen(client: Client, headers: Record<string, string> = {}): Promise<EventStream> {
  const stop = new AbortController()
  const response = await fetch(`${client.base}/api/events`, {
    headers: { cookie: client.cookie, accept: 'text/event-stream', ...headers },
    signal: stop.signal,
  })
  const events: SentEvent[] = []
  const comments: string[] = []
  let ended = false
  const reading = (async () => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true })
      const parts = text.split('\n\n')
      text = parts.pop() ?? ''
      for (const part of parts) {
        if (part.startsWith(':')) comments.push(part)
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1]
        const event = field('event')
        if (event !== undefined) events.push({ event, id: field('id'), data: JSON.parse(field('data') ?? 'null') })
      }
    }
    ended = true
  })().catch(() => {})
  return {
    status: response.status,
    headers: response.headers,
    events,
    comments,
    get ended() {
      return ended
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await reading
    },
  }
}
