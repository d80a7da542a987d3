import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pack } from './packed.ts'

/**
 * Packs what was built, once before all tests, and unpacks it where nothing else of this repository is: what the tests
 * of the command line run is what people install, and a file that is missing from the package is missing there too.
 */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'offstage-unpacked-'))
  const packed = pack(folder)
  execFileSync('tar', ['-xf', packed, '-C', folder])
  const unpacked = join(folder, 'package')
  const installed = fileURLToPath(new URL('../../node_modules', import.meta.url))
  mkdirSync(join(unpacked, 'node_modules', '@hono'), { recursive: true })
  for (const name of ['commander', 'croner', 'hono', '@hono/node-server']) {
    symlinkSync(join(installed, name), join(unpacked, 'node_modules', name), 'junction')
  }
  process.env.OFFSTAGE_PACKED = packed
  process.env.OFFSTAGE_UNPACKED = unpacked
  // `npx vitest` says so to all that it starts, and the command line would call itself `npx offstage` then.
  delete process.env.npm_command
  return () => rmSync(folder, { recursive: true, force: true })
}
