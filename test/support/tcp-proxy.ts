import { connect, createServer, type Server, type Socket } from 'node:net'

/** Stands between clients and a server on loopback, and fails in the ways that a network does. */
export class TcpProxy {
  readonly #server: Server
  readonly #pairs = new Set<readonly [client: Socket, server: Socket]>()
  #target: number
  #silent = false
  #refusing = false
  /** How many more messages of clients are forwarded before all is cut. */
  #left = Number.POSITIVE_INFINITY

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer((client) => this.#accept(client))
  }

  static async before(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  /** The URL of what it stands before, by way of it. */
  through(url: string): string {
    const proxied = new URL(url)
    proxied.port = String(this.port)
    return proxied.href
  }

  get connections(): number {
    return this.#pairs.size
  }

  /** Nothing is forwarded any more, and nobody is told: what a pulled cable or a lost route looks like. */
  silence(): void {
    this.#silent = true
    for (const pair of this.#pairs) for (const socket of pair) socket.pause()
  }

  /** Forwards again; what was held back arrives late. */
  resume(): void {
    this.#silent = false
    for (const pair of this.#pairs) for (const socket of pair) socket.resume()
  }

  /** What is opened from now on is forwarded; what is open stays silent. */
  resumeNew(): void {
    this.#silent = false
  }

  /** Ends every connection at once. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
  }

  /** Cuts as soon as clients have sent so many messages more, and the next one. What it returns tells whether it has. */
  cutAfter(messages: number): Disposable & { readonly done: boolean } {
    this.#left = messages
    const isDone = () => this.#left < 0
    return {
      get done() {
        return isDone()
      },
      [Symbol.dispose]: () => {
        this.#left = Number.POSITIVE_INFINITY
      },
    }
  }

  refuse(refusing: boolean): void {
    this.#refusing = refusing
  }

  /** New connections go to another server from now on, as a name does that moves in a failover. */
  redirect(target: number): void {
    this.#target = target
    this.cut()
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      client.destroy()
      return
    }
    const server = connect(this.#target, '127.0.0.1')
    const pair = [client, server] as const
    this.#pairs.add(pair)
    for (const [from, to] of [pair, pair.toReversed()] as [Socket, Socket][]) {
      from.setNoDelay(true)
      from.on('data', (chunk) => {
        if (from === client && --this.#left < 0) this.cut()
        else to.write(chunk)
      })
      from.on('end', () => to.end())
      from.on('error', () => {})
      from.on('close', () => {
        to.destroy()
        this.#pairs.delete(pair)
      })
      if (this.#silent) from.pause()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
