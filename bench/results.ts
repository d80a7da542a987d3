import { availableParallelism, cpus, loadavg } from 'node:os'
import { ROWS, type Round, type Row, type Verdict, verdict } from './bars.ts'
import { median } from './measure.ts'

export interface Result {
  measure: string
  what: string
  value: number
  /** The smallest and the largest of the rounds. */
  range: [number, number]
  unit: Row['unit']
  bar: NonNullable<Row['bar']> | null
  verdict: Verdict | null
}

export function resultsOf(measure: string, rounds: readonly Round[]): Result[] {
  return ROWS.filter((row) => row.measure === measure).map(({ what, value, unit, bar }) => {
    const values = rounds.map(value)
    const middle = median(values)
    return {
      measure,
      what,
      value: middle,
      range: [Math.min(...values), Math.max(...values)],
      unit,
      bar: bar ?? null,
      verdict: verdict(bar, middle) ?? null,
    }
  })
}

export interface Machine {
  date: string
  node: string
  sqlite: string | undefined
  cores: number
  cpu: string | undefined
  /** Of the last minute when the run began: above the number of cores, others were at work. */
  load: number
}

export function thisMachine(): Machine {
  return {
    date: new Date().toISOString(),
    node: process.version,
    sqlite: process.versions.sqlite,
    cores: availableParallelism(),
    cpu: cpus()[0]?.model,
    load: loadavg()[0] ?? 0,
  }
}

export function tableOf(results: readonly Result[]): string {
  const rows = results.map(({ what, value, range, unit, bar, verdict }) => [
    `  ${what}`,
    `${shown(value)} ${unit}`,
    `${shown(range[0])} to ${shown(range[1])}`,
    barText(bar, unit),
    verdict ?? '',
  ])
  const widths = [46, 16, 20, 16, 4]
  return rows
    .map((cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))))
    .map((cells) => cells.join('  ').trimEnd())
    .join('\n')
}

function barText(bar: Result['bar'], unit: Row['unit']): string {
  if (bar === null) return ''
  return 'least' in bar ? `≥ ${shown(bar.least)} ${unit}` : `≤ ${shown(bar.most)} ${unit}`
}

function shown(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en-US', { maximumFractionDigits: digits })
}
