import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { LogFileEntry } from '../api.ts'
import { parseLogLine } from './log-lines.ts'

export interface LogQuery {
  /** The current file; those that were put aside are found beside it. */
  file: string
  limit: number
  severities?: readonly string[] | undefined
  class?: string | undefined
  /** A job's id, or how it begins. */
  job?: string | undefined
  /** Anywhere in the line, whatever its case. */
  text?: string | undefined
  /** From the page before. */
  before?: string | undefined
}

export interface LogPageRead {
  entries: LogFileEntry[]
  before: string | null
}

const CHUNK = 64 * 1024
/** What one call reads at most; when nothing more was found until there, the next one goes on from there. */
const BUDGET = 8 * 1024 * 1024
const LONGEST_LINE = 1024 * 1024
const NEWLINE = 10
/** As `RotatingFile` names what it puts aside. */
const ASIDE = /^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{6}$/

/**
 * Reads a log file and those that were rotated away, from the end backwards, in chunks. The cursor holds a file's inode,
 * which stays the same when the file is rotated meanwhile.
 */
export function readLogBackwards(query: LogQuery): LogPageRead {
  const entries: LogFileEntry[] = []
  const matches = matcherOf(query)
  let budget = BUDGET
  const files = startingAt(filesOf(query.file), query.before)
  for (const [i, { path, inode, from }] of files.entries()) {
    const lines = new BackwardLines(path, from)
    try {
      for (let line = lines.next(); line !== undefined; line = lines.next()) {
        const entry = matches(line.text)
        if (entry !== undefined) entries.push(entry)
        const spent = lines.read > budget
        if (entries.length >= query.limit || spent) return { entries, before: cursorOf(files, i, inode, line.start) }
      }
      budget -= lines.read
    } finally {
      lines.close()
    }
  }
  return { entries, before: null }
}

interface LogFile {
  path: string
  inode: string
  /** Where to begin to read backwards; the end of the file when undefined. */
  from: number | undefined
}

function cursorOf(files: readonly LogFile[], index: number, inode: string, start: number): string | null {
  if (start > 0) return `${inode}:${start}`
  const next = files[index + 1]
  return next === undefined ? null : `${next.inode}:end`
}

/** The current file and those put aside, newest first. */
function filesOf(file: string): LogFile[] {
  const base = basename(file)
  const folder = dirname(file)
  const aside = namesIn(folder)
    .filter((name) => name.startsWith(`${base}.`) && ASIDE.test(name.slice(base.length + 1)))
    .sort()
    .reverse()
  return [file, ...aside.map((name) => join(folder, name))].flatMap((path) => {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false })
    return found?.isFile() ? [{ path, inode: String(found.ino), from: undefined }] : []
  })
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Nothing when the cursor's file has been removed since: what is older is gone too. */
function startingAt(files: LogFile[], cursor: string | undefined): LogFile[] {
  if (cursor === undefined) return files
  const [inode, offset = ''] = cursor.split(':')
  const index = files.findIndex((each) => each.inode === inode)
  const found = files[index]
  if (found === undefined) return []
  const from = offset === 'end' ? undefined : Number(offset)
  return [{ ...found, from }, ...files.slice(index + 1)]
}

function matcherOf(query: LogQuery): (line: string) => LogFileEntry | undefined {
  const text = query.text?.toLowerCase()
  return (line) => {
    // Most lines are passed over by a search for text, which costs less than taking them apart.
    if (query.job !== undefined && !line.includes(query.job)) return undefined
    if (text !== undefined && !line.toLowerCase().includes(text)) return undefined
    const entry = parseLogLine(line)
    if (entry === undefined) return undefined
    const { severity, fields } = entry
    if (query.severities !== undefined && !query.severities.includes(severity)) return undefined
    if (query.class !== undefined && fields.Class !== query.class) return undefined
    if (query.job !== undefined && !fields.Id?.startsWith(query.job)) return undefined
    return entry
  }
}

class BackwardLines {
  /** Bytes read so far. */
  read = 0
  readonly #fd: number
  /** Where what is not yet read ends. */
  #end: number
  /** What is read and not yet given, and where in the file it begins. */
  #held: Buffer = Buffer.alloc(0)
  #skipping: boolean

  constructor(path: string, from: number | undefined) {
    this.#fd = openSync(path, 'r')
    const { size } = fstatSync(this.#fd)
    this.#end = Math.min(from ?? size, size)
    // What follows the last line end is a line that is being written.
    this.#skipping = from === undefined
  }

  next(): { text: string; start: number } | undefined {
    for (;;) {
      // The line end that is looked for is the one before the last: the last ends the line itself.
      const end = this.#held.length
      const at = end > 1 ? this.#held.lastIndexOf(NEWLINE, end - 2) : -1
      if (at === -1 && this.#end > 0 && this.#held.length < LONGEST_LINE) {
        this.#fill()
        continue
      }
      if (end === 0) return undefined
      const line = this.#held.subarray(at + 1)
      this.#held = this.#held.subarray(0, at + 1)
      if (this.#skipping) {
        this.#skipping = false
        if (line.at(-1) !== NEWLINE) continue
      }
      return { text: line.toString('utf8').trimEnd(), start: this.#end + at + 1 }
    }
  }

  close(): void {
    closeSync(this.#fd)
  }

  #fill(): void {
    const size = Math.min(CHUNK, this.#end)
    const chunk = Buffer.alloc(size)
    const start = this.#end - size
    let filled = 0
    while (filled < size) {
      const count = readSync(this.#fd, chunk, filled, size - filled, start + filled)
      if (count === 0) break
      filled += count
    }
    this.read += size
    this.#end = start
    this.#held = Buffer.concat([chunk, this.#held])
  }
}
