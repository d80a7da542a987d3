import { formatDuration } from '../../core/duration.ts'
import { jobsText } from '../job-text.ts'
import type { Carried } from './carry.ts'

const TOO_LARGE =
  'what is too large is under way, and no worker runs it: raise max_allowed_packet of the server it is to go to'

/** What a move came to, for people. */
export function reportLines(to: string, carried: Carried, durationMs: number): string[] {
  const { pending, finished, duplicates, schedules, left } = carried
  const lines = [`moved ${jobsText(pending + finished)} to ${to} in ${formatDuration(durationMs)}`]
  if (finished > 0) lines.push(`  ${number(finished)} of them with their history, ${number(pending)} still to run`)
  if (duplicates > 0) lines.push(`  ${jobsText(duplicates)} had been there before, and stayed there as they were`)
  if (schedules > 0) lines.push(`  ${schedulesText(schedules)} ${schedules === 1 ? 'goes' : 'go'} on there`)
  const kept = keptText(carried)
  if (kept !== '') lines.push(`  copied ${kept}`)
  const waiting = left.pending + left.underWay - left.tooLarge
  const parts: string[] = []
  if (left.running > 0) parts.push(`${jobsText(left.running)} that ${left.running === 1 ? 'runs' : 'run'}`)
  if (waiting > 0) parts.push(`${jobsText(waiting)} still to run`)
  if (left.finished > 0) parts.push(`${jobsText(left.finished)} that ended meanwhile`)
  if (left.tooLarge > 0) parts.push(`${jobsText(left.tooLarge)} too large for a statement there`)
  if (parts.length === 0) {
    lines.push('nothing is left: let the app and its workers use that database now, if they do not yet')
  } else {
    lines.push(`left: ${parts.join(', ')}`)
    if (left.tooLarge > 0) lines.push(TOO_LARGE)
    lines.push('run the same command again to carry the rest; --wait says how long to wait for running jobs')
  }
  return lines
}

function keptText({ users, tokens, settings, auditEntries }: Carried): string {
  const counts: [number, string, string][] = [
    [users, 'user', 'users'],
    [tokens, 'token', 'tokens'],
    [settings, 'setting', 'settings'],
    [auditEntries, 'entry of the audit log', 'entries of the audit log'],
  ]
  return counts
    .filter(([count]) => count > 0)
    .map(([count, one, more]) => `${number(count)} ${count === 1 ? one : more}`)
    .join(', ')
}

interface Plan {
  pending: number
  running: number
  finished: number
  schedules: number
  stay: number
}

/** What a move would do, for people. */
export function planLines(
  to: string,
  exists: boolean,
  { pending, running, finished, schedules, stay }: Plan,
): string[] {
  const also = schedules > 0 ? ` and ${schedulesText(schedules)}` : ''
  const lines = [
    `this would move ${jobsText(pending + finished)}${also} to ${to}${exists ? '' : ', which does not exist yet'}`,
  ]
  if (finished > 0) lines.push(`  ${number(finished)} of them with their history, ${number(pending)} still to run`)
  if (running > 0) lines.push(`  ${jobsText(running)} held by workers: it would wait for them`)
  if (stay > 0) lines.push(`  ${jobsText(stay)} that ended would stay: --history takes them along`)
  return lines
}

function schedulesText(count: number): string {
  return `${number(count)} ${count === 1 ? 'schedule' : 'schedules'}`
}

function number(count: number): string {
  return count.toLocaleString('en')
}
