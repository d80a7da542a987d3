import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Links } from '../../dist/dashboard/server/auth/links.js'
import type { Offstage } from '../../dist/index.js'
import { newId } from '../../dist/index.js'
import type { Store } from '../../dist/store/store.js'

/** Where a dashboard is, and whose browser asks: plain data, for those who ask it from another process. */
export interface Place {
  origin: string
  cookie: string
}

/** A dashboard on a server of its own, as `offstage start` has it: in the process of the worker. */
export class Served {
  readonly #server: Server
  /** Streams of changes that were asked for so far. */
  streams = 0

  constructor(offstage: Offstage) {
    const dashboard = offstage.dashboard()
    this.#server = createServer((request, response) => {
      if (request.url === '/api/events') this.streams += 1
      void dashboard.node(request, response)
    })
  }

  /** With a session of a new admin, who has followed a sign-in link. */
  async open(store: Store): Promise<Place> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    const user = {
      id: newId(),
      email: `${newId()}@example.org`,
      name: 'bench',
      password: null,
      role: 'admin' as const,
      permissions: null,
      createdAt: new Date(),
      disabledAt: null,
    }
    await store.access.addUser(user)
    const { secret } = await new Links(store.access, Date.now).toSignIn(user, null)
    const answer = await fetch(`${origin}/api/sign-in/link`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify({ link: secret }),
    })
    const cookie = answer.headers.get('set-cookie')?.split(';')[0]
    if (cookie === undefined) throw new Error(`no sign-in: ${answer.status} ${await answer.text()}`)
    return { origin, cookie }
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
