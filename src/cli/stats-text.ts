import { formatDuration } from '../core/duration.ts'
import type { JobStatus } from '../core/job.ts'
import type { WorkerInfo } from '../store/queried.ts'
import type { HandlerStats, Stats } from '../store/stats.ts'
import { QUEUE_COLUMNS } from './commands/queues.ts'
import { statusStyle } from './job-text.ts'
import { onTerminal, type Style, styled } from './output.ts'
import { type Column, tableLines } from './table.ts'
import { ago } from './time-text.ts'

/** What `offstage stats --json` prints. */
export interface Shown extends Stats {
  workers: Record<WorkerInfo['status'], number>
  oldestReadyAt: Date | null
}

const HANDLER_COLUMNS: Column<HandlerStats>[] = [
  { title: 'HANDLER', cell: (handler) => `${handler.class}.${handler.method}`, flexible: true },
  { title: 'COMPLETED', cell: ({ completed }) => number(completed), align: 'right' },
  { title: 'FAILED', cell: ({ failed }) => number(failed), style: ({ failed }) => red(failed > 0), align: 'right' },
  { title: 'RUN P50', cell: ({ runP50Ms }) => span(runP50Ms), align: 'right' },
  { title: 'P95', cell: ({ runP95Ms }) => span(runP95Ms), align: 'right' },
  { title: 'WAIT P50', cell: ({ waitP50Ms }) => span(waitP50Ms), align: 'right', optional: true },
  { title: 'P95', cell: ({ waitP95Ms }) => span(waitP95Ms), align: 'right', optional: true },
]

/** For people: a few facts, the queues, and what became of the jobs lately. */
export function statsLines(shown: Shown): string[] {
  const { queues, handlers, at, since } = shown
  const lines = [
    `${styled('dim', 'Jobs     ')}${jobCounts(shown)}`,
    `${styled('dim', 'Workers  ')}${workerCounts(shown)}`,
    `${styled('dim', 'Due      ')}${dueText(shown)}`,
  ]
  if (queues.length > 0) lines.push('', ...titled(QUEUE_COLUMNS, queues))
  if (handlers.length > 0) {
    const spanText = formatDuration(at.getTime() - since.getTime())
    lines.push('', styled('dim', `Ended in the last ${spanText}`), ...titled(HANDLER_COLUMNS, handlers))
  }
  return lines
}

/** With titles in a pipe too: there are two tables. */
function titled<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const titles = onTerminal ? [] : [columns.map(({ title }) => title).join('\t')]
  return [...titles, ...tableLines(columns, rows)]
}

/** The same in one line, without the tables. */
export function statsLine(shown: Shown): string {
  return `${shown.at.toISOString()}  ${jobCounts(shown)}  workers: ${workerCounts(shown)}  due: ${dueText(shown)}`
}

function jobCounts({ jobs, more }: Shown): string {
  return (Object.entries(jobs) as [JobStatus, number][])
    .map(([status, count]) => {
      const text = `${number(count)}${(more as JobStatus[]).includes(status) ? '+' : ''} ${status}`
      return count === 0 ? text : styled(statusStyle(status), text)
    })
    .join(', ')
}

function workerCounts({ workers }: Shown): string {
  const counts = Object.entries(workers).filter(([status, count]) => count > 0 || status === 'running')
  return counts
    .map(([status, count]) => (status === 'lost' ? styled('red', `${count} lost`) : `${count} ${status}`))
    .join(', ')
}

function dueText({ oldestReadyAt, at }: Shown): string {
  return oldestReadyAt === null ? 'nothing' : `the oldest job since ${ago(oldestReadyAt, at.getTime())}`
}

function number(value: number): string {
  return value.toLocaleString('en')
}

function span(ms: number | null): string {
  return ms === null ? '-' : formatDuration(ms)
}

function red(is: boolean): Style | undefined {
  return is ? 'red' : undefined
}
