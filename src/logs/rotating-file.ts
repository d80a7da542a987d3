import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { OffstageError } from '../core/errors.ts'

export interface RotatingFileOptions {
  path: string
  /** Bytes above which the file is put aside and a new one begun. */
  maxSize: number
  /** How many files that were put aside are kept. */
  keep: number
  /** Told when lines cannot be written: once when it begins, not again for each line. */
  onProblem: (message: string) => void
}

const FLUSH_AT = 64 * 1024
const FLUSH_AFTER_MS = 50
/** What is held while a disk is full, in characters; lines beyond are counted and given up. */
const HELD_MOST = 4 * 1024 * 1024

/**
 * A file that several processes append to, each with few large writes.
 *
 * Lines are never split or lost between processes: each write is one append of whole lines, and a full file is
 * renamed, never truncated, to a name that no other process takes. Whoever still writes to it by its open handle
 * adds to the file under its new name, and finds out before its next write.
 */
export class RotatingFile {
  readonly path: string
  #options: RotatingFileOptions
  #fd: number
  #inode: bigint
  #pending = ''
  #lost = 0
  #failing = false
  #timer: NodeJS.Timeout | undefined

  /** @throws OffstageError LOG_UNWRITABLE when the file cannot be opened for appending. */
  constructor(options: RotatingFileOptions) {
    this.path = options.path
    this.#options = options
    try {
      mkdirSync(dirname(this.path), { recursive: true })
      this.#fd = openSync(this.path, 'a')
      this.#inode = fstatSync(this.#fd, { bigint: true }).ino
    } catch (error) {
      throw new OffstageError(
        'LOG_UNWRITABLE',
        `the log file ${this.path} cannot be written (${(error as NodeJS.ErrnoException).code}): make its folder ` +
          'writable, name another one (BACKGROUND_JOB_LOG_DIRECTORY, BACKGROUND_JOB_ERROR_LOG_DIRECTORY, or `logs` ' +
          'in the config), or turn the log files off with `logs: false`',
        { cause: error },
      )
    }
  }

  /** `lines` ends with a line end. */
  append(lines: string): void {
    if (this.#failing && this.#pending.length > HELD_MOST) {
      this.#lost += 1
      return
    }
    this.#pending += lines
    if (this.#pending.length >= FLUSH_AT && !this.#failing) this.flush()
    else if (this.#timer === undefined) this.#timer = setTimeout(() => this.flush(), FLUSH_AFTER_MS).unref()
  }

  /** Writes what is buffered, now. Never throws: what cannot be written is kept and tried again. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#pending === '') return
    const bytes = Buffer.from(this.#pending)
    let written = 0
    try {
      this.#prepare(bytes.length)
      // A write comes back short when the disk is nearly full; the rest of its last line then follows at once.
      while (written < bytes.length) written += writeSync(this.#fd, bytes, written)
      this.#pending = ''
      this.#recovered()
    } catch (error) {
      this.#pending = bytes.toString('utf8', written)
      this.#troubled(error)
    }
  }

  /** Writes what is buffered and closes the file; nothing may be appended after it. */
  close(): void {
    this.flush()
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#pending !== '')
      this.#options.onProblem(`lines were lost: ${this.path} could not be written until the end`)
    closeSync(this.#fd)
  }

  /** Makes the open handle the one to append `more` bytes to: follows a rotation by others, or rotates. */
  #prepare(more: number): void {
    const now = statSync(this.path, { bigint: true, throwIfNoEntry: false })
    if (now === undefined || now.ino !== this.#inode) {
      this.#reopen()
      return
    }
    if (Number(now.size) + more <= this.#options.maxSize || now.size === 0n) return
    // Two processes may both come here. Each renames whatever is at the path to a name of its own, so the worst is
    // a short file among those put aside.
    try {
      renameSync(this.path, `${this.path}.${stamp()}`)
    } catch (error) {
      // The other one was first and has not made the new file yet.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    this.#reopen()
    this.#prune()
  }

  #reopen(): void {
    mkdirSync(dirname(this.path), { recursive: true })
    const fd = openSync(this.path, 'a')
    closeSync(this.#fd)
    this.#fd = fd
    this.#inode = fstatSync(fd, { bigint: true }).ino
  }

  #prune(): void {
    const folder = dirname(this.path)
    const aside = readdirSync(folder).filter((name) => isAside(name, basename(this.path)))
    for (const name of aside.sort().slice(0, Math.max(0, aside.length - this.#options.keep))) {
      try {
        unlinkSync(join(folder, name))
      } catch {
        // Another process has just removed it, or it is not ours to remove; neither harms the log.
      }
    }
  }

  #troubled(error: unknown): void {
    if (!this.#failing) {
      const { code, message } = error as NodeJS.ErrnoException
      this.#options.onProblem(
        `the log file ${this.path} cannot be written now (${code ?? message}); its lines are held`,
      )
    }
    this.#failing = true
    this.#timer ??= setTimeout(() => this.flush(), 1000).unref()
  }

  #recovered(): void {
    if (!this.#failing) return
    this.#failing = false
    this.#options.onProblem(
      `the log file ${this.path} is written again${this.#lost > 0 ? `; ${this.#lost} lines were lost` : ''}`,
    )
    this.#lost = 0
  }
}

/** Sorts by time; the random end keeps processes that rotate in one millisecond apart. */
function stamp(): string {
  const random = Math.floor(Math.random() * 0x1000000)
    .toString(16)
    .padStart(6, '0')
  return `${new Date().toISOString().replaceAll(/[-:]/g, '')}-${random}`
}

function isAside(name: string, base: string): boolean {
  return name.startsWith(`${base}.`) && /^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{6}$/.test(name.slice(base.length + 1))
}
