import type { ChangeEvent } from '../api.ts'
import { Problem } from './problem.ts'
import type { Queries } from './queries/queries.ts'

/** How often a stream says that it is alive, and asks whether its session still is. */
const BEAT_MS = 10_000
const MOST_STREAMS = 500
/** A browser that takes nothing any more: what waits for it is not to grow. */
const MOST_UNREAD = 256
const RETRY_MS = 2_000
const ALL_TOPICS = ['jobs', 'queues', 'workers', 'schedules', 'operations', 'logs', 'access']

interface Stream {
  send(text: string): void
  end(): void
  /** False when whoever listens may not any more. */
  allowed(): Promise<boolean>
}

const encoder = new TextEncoder()

/** Server-sent events: one look at the database a second serves everybody who listens. */
export class EventHub {
  readonly #queries: Queries
  readonly #streams = new Set<Stream>()
  #number = 0
  #unwatch: (() => void) | undefined
  #beat: NodeJS.Timeout | undefined

  constructor(queries: Queries) {
    this.#queries = queries
  }

  /**
   * A stream of events, from now on.
   * @param again The browser was connected before: what it missed is everything, for all that is known here.
   */
  async open(again: boolean, allowed: () => Promise<boolean>): Promise<ReadableStream<Uint8Array>> {
    if (this.#streams.size >= MOST_STREAMS) {
      const message = `${MOST_STREAMS} pages listen already: close some`
      throw new Problem(503, { code: 'TOO_MANY_STREAMS', message, retryAfterMs: 30_000 })
    }
    // Watching first: what changes while this is asked is told by the next event.
    this.#watch()
    const first = await this.#queries.value('pulse', {}).catch((error: unknown) => {
      this.#rest()
      throw error
    })
    // The last of the others may have left meanwhile.
    this.#watch()
    return this.#stream(allowed, (send) => {
      send(`retry: ${RETRY_MS}\n\n`)
      send(this.#text({ ...first, changed: again ? ALL_TOPICS : [] }))
    })
  }

  /** Something changed that no look at the database shows, or that should not wait for one. */
  changed(topic: string): void {
    if (this.#streams.size === 0) return
    void this.#queries
      .value('pulse', {})
      .then((counts) => this.#tell({ ...counts, changed: [topic] }))
      .catch(() => {})
  }

  /** Says that all is well, to those who still may listen; the others are told that they may not. */
  recheck(): void {
    for (const stream of this.#streams) {
      void stream
        .allowed()
        // A database that is away is no reason to send anybody away.
        .catch(() => true)
        .then((allowed) => {
          if (allowed) stream.send(': alive\n\n')
          else {
            stream.send('event: end\ndata: {}\n\n')
            stream.end()
          }
        })
    }
  }

  close(): void {
    for (const stream of this.#streams) stream.end()
    this.#rest()
  }

  #stream(allowed: () => Promise<boolean>, begin: (send: (text: string) => void) => void): ReadableStream<Uint8Array> {
    let stream: Stream
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          stream = {
            allowed,
            send: (text) => {
              if (!this.#streams.has(stream)) return
              if ((controller.desiredSize ?? 0) < -MOST_UNREAD) stream.end()
              else controller.enqueue(encoder.encode(text))
            },
            end: () => {
              if (this.#forget(stream)) controller.close()
            },
          }
          this.#streams.add(stream)
          begin(stream.send)
        },
        cancel: () => void this.#forget(stream),
      },
      { highWaterMark: 0 },
    )
  }

  #tell(event: ChangeEvent): void {
    this.#number += 1
    const text = this.#text(event)
    for (const stream of this.#streams) stream.send(text)
  }

  #text(event: ChangeEvent): string {
    return `event: change\nid: ${this.#number}\ndata: ${JSON.stringify(event)}\n\n`
  }

  #watch(): void {
    this.#unwatch ??= this.#queries.onChange((event) => this.#tell(event))
    this.#beat ??= setInterval(() => this.recheck(), BEAT_MS).unref()
  }

  #forget(stream: Stream): boolean {
    const known = this.#streams.delete(stream)
    this.#rest()
    return known
  }

  /** Nobody looks at the database for nobody. */
  #rest(): void {
    if (this.#streams.size > 0) return
    this.#unwatch?.()
    this.#unwatch = undefined
    clearInterval(this.#beat)
    this.#beat = undefined
  }
}
