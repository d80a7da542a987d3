import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../../../src/store/store.ts'
import { openStore } from '../../../src/stores/open.ts'
import type { OpenStore } from '../../../src/testing/index.ts'

/** Makes a folder for one test; `await using` removes it. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string; file(name: string): string }> {
  const path = await mkdtemp(join(tmpdir(), 'offstage-'))
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

/** Opens stores on one new file in a folder of its own. */
export const openTemporary: OpenStore = async ({ clock, migrated }) => {
  const folder = await temporaryFolder()
  const stores: Store[] = []
  const another = async () => {
    const store = await openStore(`sqlite:${folder.file('jobs.db')}`, { clock })
    stores.push(store)
    return store
  }
  const store = await another()
  if (migrated) await store.migrate()
  return {
    store,
    another,
    async close() {
      for (const each of stores) await each.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}
