import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../test/support/free-port.ts'

/**
 * Runs `use` on a Redis of its own that answers when a write is on the disk, as every database beside it does. Redis
 * as it comes keeps it in memory, and loses on a power cut what it has acknowledged since it last wrote a file.
 */
export async function onDurableRedis<Result>(folder: string, use: (url: string) => Promise<Result>): Promise<Result> {
  const port = await freePort()
  const files = join(folder, 'redis')
  mkdirSync(files)
  const options = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--dir', files]
  const server = spawn('redis-server', ['--bind', '127.0.0.1', '--port', String(port), ...options], { stdio: 'ignore' })
  const ended = once(server, 'exit')
  try {
    while (!(await answers(port)))
      await Promise.race([sleep(20), ended.then(() => Promise.reject(new Error('Redis ended')))])
    return await use(`redis://127.0.0.1:${port}`)
  } finally {
    server.kill()
    await ended
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const tell = (isThere: boolean) => {
      socket.destroy()
      resolve(isThere)
    }
    socket.on('connect', () => tell(true)).on('error', () => tell(false))
  })
}
