import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Has Node keep what it compiled, a config module in TypeScript above all, for this process and the children of its
 * worker: they start in two thirds of the time. In the user's own cache folder, because in the shared temporary folder,
 * Node's default, somebody else could have put the code there. Off with NODE_DISABLE_COMPILE_CACHE=1; where the folder
 * cannot be written, nothing is kept.
 */
export function keepCompiled(): void {
  if (process.env.NODE_DISABLE_COMPILE_CACHE || process.env.NODE_COMPILE_CACHE) return
  const caches = process.env.XDG_CACHE_HOME || process.env.LOCALAPPDATA || join(homedir(), '.cache')
  const folder = join(caches, 'offstage')
  enableCompileCache(folder)
  process.env.NODE_COMPILE_CACHE = folder
}
