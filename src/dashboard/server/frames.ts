import type { JobError } from '../../core/job.ts'
import type { Frame } from '../api.ts'

/** Nobody reads more of a stack, and what a job threw may have a stack of any length. */
const MOST_FRAMES = 100
const LONGEST_LINE = 1_000

const FRAME = /^\s+at (?:(.+?) \((.+)\)|(.+))$/
const PLACE = /^(.+?):(\d+):(\d+)$/

/** The frames of an error's stack, and below them those of its causes; each says whether it is of the app's own code. */
export function framesOf(error: JobError | null): Frame[] {
  const frames: Frame[] = []
  for (let at = error ?? undefined; at !== undefined && frames.length < MOST_FRAMES; at = at.cause) {
    frames.push(...parseStack(at.stack ?? '').slice(0, MOST_FRAMES - frames.length))
  }
  return frames
}

/** Takes V8's stack text apart. Lines that are no frames, such as those of the message, are left out. */
export function parseStack(stack: string): Frame[] {
  const frames: Frame[] = []
  for (const line of stack.split('\n')) {
    const frame = parseLine(line.slice(0, LONGEST_LINE))
    if (frame !== undefined) frames.push(frame)
  }
  return frames
}

function parseLine(line: string): Frame | undefined {
  const [matched, name, inside, bare] = FRAME.exec(line) ?? []
  if (matched === undefined) return undefined
  const named = (name ?? '').replace(/^async /, '')
  const place = inside ?? (bare as string).replace(/^async /, '')
  const [located, file = null, row, column] = PLACE.exec(place) ?? []
  return {
    function: named === '' ? null : named,
    file,
    line: row === undefined ? null : Number(row),
    column: column === undefined ? null : Number(column),
    own: located !== undefined && isOwn(file as string),
    text: line.trim(),
  }
}

/** A file of the app: not of an installed package, nor of Node.js, nor code without a file. */
function isOwn(file: string): boolean {
  return !/[\\/]node_modules[\\/]|^node:|^internal[\\/]|^eval at |^<anonymous>|^wasm:/.test(file)
}
