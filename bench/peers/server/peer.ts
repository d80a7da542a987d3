/** A peer that keeps its jobs on a server, as its own documents set it up for speed. */
export interface Peer {
  /** Enqueues one job, and resolves when it is stored. */
  one(data: object): Promise<unknown>
  /** Enqueues so many in one call. */
  many(count: number): Promise<unknown>
  /** Runs what was enqueued by `onJob`, at most `concurrency` at a time, until `stop`. */
  work(onJob: (data: object) => Promise<void>): Promise<{ stop(): Promise<unknown> }>
  close(): Promise<unknown>
}

export interface Servers {
  postgres: string
  redis: string
  /** A name of its own: the peer keeps everything in a schema, or under a prefix, of this name. */
  name: string
}

export type OpenPeer = (servers: Servers) => Promise<Peer>
