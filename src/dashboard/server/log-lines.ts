import type { LogFileEntry } from '../api.ts'

const HEAD = /^\[(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\] (DEBUG|INFO|WARNING|ERROR): (.*)$/s
/** What a line of text names, in any order but the last: free text takes the rest of the line. */
const FIELD =
  /^(Id|Class|Method|Attempt|Priority|Delay|Duration|Next attempt|Reason|Write|Worker|Parameters|Error|Message): (.*)$/s
const FREE = new Set(['Error', 'Message'])
const SEPARATOR = ' | '

/** A line of a log file, as text or JSON; undefined for what is neither, such as the half of a line. */
export function parseLogLine(line: string): LogFileEntry | undefined {
  return line.startsWith('{') ? parseJson(line) : parseText(line)
}

function parseText(line: string): LogFileEntry | undefined {
  const [, day, time, level, rest = ''] = HEAD.exec(line) ?? []
  if (day === undefined) return undefined
  const [message = '', ...parts] = rest.split(SEPARATOR)
  return { at: `${day}T${time}.000Z`, severity: severityOf(level), message, fields: fieldsOf(parts) }
}

function fieldsOf(parts: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {}
  // Parameters are JSON, which may hold anything: what follows them in every such line ends them.
  const priority = parts.findLastIndex((part) => part.startsWith('Priority: '))
  let last: string | undefined
  for (const [i, part] of parts.entries()) {
    const [, name, value = ''] = FIELD.exec(part) ?? []
    if (name === undefined || (last === 'Parameters' && i < priority)) {
      if (last !== undefined) fields[last] += SEPARATOR + part
    } else if (FREE.has(name)) {
      fields[name] = [value, ...parts.slice(i + 1)].join(SEPARATOR)
      break
    } else {
      fields[name] = value
      last = name
    }
  }
  return fields
}

/** What a line of JSON calls what a line of text names. */
const NAMES: Readonly<Record<string, string>> = {
  id: 'Id',
  class: 'Class',
  method: 'Method',
  queue: 'Queue',
  args: 'Parameters',
  priority: 'Priority',
  attempt: 'Attempt',
  durationMs: 'Duration',
  delayMs: 'Delay',
  nextAttemptAt: 'Next attempt',
  reason: 'Reason',
  write: 'Write',
  workerId: 'Worker',
  text: 'Message',
  error: 'Error',
}

function parseJson(line: string): LogFileEntry | undefined {
  const value = parsed(line)
  if (value === undefined || typeof value.time !== 'string' || typeof value.message !== 'string') return undefined
  const fields: Record<string, string> = {}
  for (const [key, name] of Object.entries(NAMES)) {
    const each = value[key]
    if (each !== null && each !== undefined) fields[name] = shownField(key, each, value)
  }
  return { at: value.time, severity: severityOf(String(value.level).toUpperCase()), message: value.message, fields }
}

function shownField(key: string, value: unknown, line: Record<string, unknown>): string {
  if (key === 'attempt') return `${value}/${line.maxAttempts}`
  if (key === 'durationMs' || key === 'delayMs') return `${value}ms`
  if (key === 'error' && typeof value === 'object') {
    const { name, message } = value as { name?: unknown; message?: unknown }
    return name === 'Error' ? String(message) : `${name}: ${message}`
  }
  return typeof value === 'string' && key !== 'args' ? value : JSON.stringify(value)
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function severityOf(level: string | undefined): LogFileEntry['severity'] {
  return level === 'WARNING' || level === 'ERROR' ? level : 'INFO'
}
