// A process that appends numbered lines to a file that rotates: `node append-lines.ts <file> <name> <count>`.
import { RotatingFile } from '../../src/logs/rotating-file.ts'

const [path = '', name = '', count = '0'] = process.argv.slice(2)
const onProblem = (message: string) => {
  console.error(message)
  process.exitCode = 1
}
const file = new RotatingFile({ path, maxSize: 50_000, keep: 10_000, onProblem })
process.send?.('ready')
await new Promise((go) => process.once('message', go))
for (let i = 0; i < Number(count); i++) {
  file.append(`${name} ${i} ${'.'.repeat(i % 90)}\n`)
  if (i % 40 === 0) file.flush()
  if (i % 400 === 0) await new Promise(setImmediate)
}
file.close()
process.disconnect()
