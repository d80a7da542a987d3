/**
 * npm run bench [-- name… [--rounds N] [--scale F] [--json]]
 *
 * Runs the measurements in `measures/`: in each round every side once, in turns, each in a process of its own. Prints
 * the medians beside the bars; exits with 1 when a bar is missed.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Round } from './bars.ts'
import { callInProcess } from './call.ts'
import type { Context, Figures, Measure } from './measure.ts'
import { type Result, resultsOf, tableOf, thisMachine } from './results.ts'
import { startPostgres } from './servers.ts'

const MEASURES = join(import.meta.dirname, 'measures')

const { names, rounds, scale, json } = readCommandLine()
const machine = thisMachine()
note(
  `Node ${machine.node}, SQLite ${machine.sqlite}, ${machine.cores} × ${machine.cpu}, load ${machine.load.toFixed(1)}`,
)
const results: Result[] = []
for (const name of names) {
  const found = resultsOf(name, await measure(name))
  results.push(...found)
  if (!json) console.log(tableOf(found))
}
if (json) console.log(JSON.stringify({ machine, rounds, scale, results }, undefined, 2))
const missed = results.filter(({ verdict }) => verdict === 'MISS')
note(missed.length === 0 ? '\nEvery bar was reached.' : `\nMissed: ${missed.map(({ what }) => what).join('; ')}`)
process.exitCode = missed.length === 0 ? 0 : 1

async function measure(name: string): Promise<Round[]> {
  const module = join(MEASURES, `${name}.ts`)
  const { default: measure } = (await import(module)) as { default: Measure }
  note(`\n${measure.title}`)
  const shared = newFolder()
  const stop = measure.postgres ? await startPostgres() : undefined
  try {
    const call = (side: string, folder: string) =>
      callInProcess<Figures>(module, side, { folder, shared, scale } satisfies Context)
    if (measure.prepare !== undefined) await inNewFolder((folder) => call(measure.prepare as string, folder))
    const done: Round[] = []
    for (let round = 0; round < rounds; round++) {
      const figures: Round = {}
      for (const side of inTurns(measure.sides, round)) {
        figures[side] = await inNewFolder((folder) => call(side, folder))
      }
      done.push(figures)
    }
    return done
  } finally {
    await stop?.()
    remove(shared)
  }
}

/** Every other round backwards, so that no side always comes after the same one. */
function inTurns(sides: readonly string[], round: number): readonly string[] {
  return round % 2 === 0 ? sides : sides.toReversed()
}

async function inNewFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = newFolder()
  try {
    return await use(folder)
  } finally {
    remove(folder)
  }
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'offstage-bench-'))
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

function readCommandLine() {
  const all = readdirSync(MEASURES).map((file) => basename(file, '.ts'))
  const { values, positionals } = parsed()
  if (values.help) {
    console.log(`npm run bench [-- name… [--rounds N] [--scale F] [--json]]\n\nNames: ${all.join(', ')}`)
    process.exit(0)
  }
  const unknown = positionals.find((name) => !all.includes(name))
  if (unknown !== undefined) refuse(`there is no measurement "${unknown}": there are ${all.join(', ')}`)
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) refuse('--rounds takes a whole number from 1')
  const scale = Number(values.scale)
  if (!(scale > 0 && scale <= 10)) refuse('--scale takes a number above 0, such as 0.1')
  return { names: positionals.length > 0 ? positionals : all, rounds, scale, json: values.json }
}

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '3' },
        scale: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    return refuse(`${(error as Error).message}: see --help`)
  }
}

function refuse(message: string): never {
  note(message)
  process.exit(2)
}

/** stdout is for the results. */
function note(text: string): void {
  console.error(text)
}
