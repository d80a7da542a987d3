import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'
import { testProcesses } from '../processes.ts'
import { temporaryFolder } from './temporary.ts'

async function open() {
  const folder = await temporaryFolder()
  const file = folder.file('jobs.db')
  return { file, url: `sqlite:${file}`, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

testProcesses({
  open,
  many: 8,
  answers: 500,
  async whenKilled({ file }) {
    const raw = new DatabaseSync(file)
    expect(raw.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
    raw.close()
  },
})
