import { stripVTControlCharacters, styleText } from 'node:util'
import type { JobDetail, OffstageEvents } from 'offstage'
import type { offstage } from './offstage.config.ts'

type Colour = Parameters<typeof styleText>[0]
// Colours for a person at a terminal only.
const colourful = process.stdout.isTTY === true && !process.env.NO_COLOR
const paint = (colour: Colour, text: string) => (colourful ? styleText(colour, text) : text)
export const dim = (text: string): string => paint('dim', text)

/** Prints each step of each job as it happens. */
export function showSteps({ on }: Pick<typeof offstage, 'on'>): void {
  on('dispatched', (job) => step('blue', 'dispatched', job, job.delayMs > 0 ? `due in ${job.delayMs / 1000} s` : ''))
  on('running', (job) => step('cyan', 'running', job, `attempt ${job.attempt} of ${job.maxAttempts}`))
  on('completed', (job) => step('green', 'completed', job, `in ${Math.round(job.durationMs)} ms`))
  on('retrying', (job) => step('yellow', `${job.outcome}, will retry`, job, job.error.message))
  on('failed', (job) => step('red', 'failed for good', job, job.error.message))
  on('cancelled', (job) => step('magenta', 'cancelled', job, 'its process was ended'))
  on('released', (job) => step('dim', 'put back', job, ''))
  on('worker', ({ state, message }) => state === 'warning' && console.log(paint('yellow', message)))
}

const argsOf = new Map<string, string>()

function step(
  colour: Colour,
  what: string,
  job: { id: string; class: string; method: string } & Partial<OffstageEvents['dispatched']>,
  more: string,
): void {
  if (job.args !== undefined) argsOf.set(job.id, job.args.slice(1, -1))
  const call = `${job.class}.${job.method}(${argsOf.get(job.id) ?? ''})`
  const time = new Date().toTimeString().slice(0, 8)
  const head = `${dim(time)}  ${paint(colour, what.padEnd(19))}  ${call.padEnd(34)}`
  console.log(more === '' ? head.trimEnd() : `${head}  ${dim(cut(more, width() - plain(head).length - 2))}`)
}

const COLOURS = { completed: 'green', failed: 'red', cancelled: 'magenta', pending: 'dim', running: 'cyan' } as const

/** Prints what became of the jobs, as a table. */
export function showSummary(jobs: readonly JobDetail[]): void {
  const rows = jobs.map((job) => [
    `${job.class}.${job.method}(${JSON.stringify(job.args).slice(1, -1)})`,
    paint(COLOURS[job.status], job.status),
    job.attempts.map(({ outcome }) => outcome).join(' → '),
    job.tags.join(', '),
    job.error?.message.split('\n')[0] ?? (job.status === 'completed' ? JSON.stringify(job.result) : ''),
  ])
  const table = [['JOB', 'STATUS', 'ATTEMPTS', 'SHOWS', 'RESULT OR ERROR'], ...rows]
  const widths = (table[0] ?? []).map((_, i) => Math.max(...table.map((row) => plain(row[i]).length)))
  console.log()
  for (const [r, row] of table.entries()) {
    const cells = row.slice(0, -1).map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - plain(cell).length))
    const head = `  ${cells.join('  ')}  `
    const line = head + cut(row.at(-1) ?? '', width() - plain(head).length)
    console.log(r === 0 ? dim(line) : line.trimEnd())
  }
}

function width(): number {
  // In a pipe or a file nothing need be cut.
  return process.stdout.isTTY ? process.stdout.columns : 1_000
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, Math.max(0, length - 1))}…` : text
}

function plain(text = ''): string {
  return stripVTControlCharacters(text)
}
