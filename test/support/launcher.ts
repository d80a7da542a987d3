/** Starts a command of the command line as a shell or a script would, prints its process id, and waits for it. */
import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const child = spawn(process.execPath, [main, ...process.argv.slice(2)], { stdio: ['ignore', 'pipe', 'pipe'] })
writeSync(1, `${child.pid}\n`)
child.stdout.pipe(process.stdout)
child.stderr.pipe(process.stderr)
child.on('exit', (code) => process.exit(code ?? 1))
