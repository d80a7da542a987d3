import type { JobError } from './job.ts'
import type { AttemptOutcome } from './outcome.ts'

/**
 * What failures with the same cause share: their error's name, code and message without what differs from one to the
 * next, those of the first cause of all, and where the app's own code threw. Twelve hexadecimal digits.
 * @param handler Stands for the place where none is known: what has no stack says nothing of whose failure it is.
 */
export function fingerprintOf(error: JobError, handler: { class: string; method: string }): string {
  const root = rootOf(error)
  const parts = [error.name, error.code ?? '', normalised(error.message)]
  if (root !== error) parts.push(root.name, root.code ?? '', normalised(root.message))
  parts.push(frameOf(error) ?? `${handler.class}.${handler.method}`)
  return hash(parts.join('\n'))
}

/** The same for an attempt; undefined when it did not fail. */
export function attemptFingerprint(
  outcome: AttemptOutcome | undefined,
  error: JobError | undefined,
  handler: { class: string; method: string },
): string | undefined {
  if (error === undefined) return undefined
  const failed = outcome === 'failed' || outcome === 'timed_out' || outcome === 'crashed'
  return failed ? fingerprintOf(error, handler) : undefined
}

function rootOf(error: JobError): JobError {
  let root = error
  while (root.cause !== undefined) root = root.cause
  return root
}

/** Of a longer message the beginning says what it is about. */
const MESSAGE_LENGTH = 1_000

/**
 * What differs between messages of one cause, and what stands for it. In this order: a URL has a path in it, a path has
 * numbers in it. What begins or ends inside a word is none, so that the apostrophe of "can't" opens no quotation.
 */
const VARIABLE = new RegExp(
  [
    /(?<url>\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'`<>)\]]+)/,
    /(?<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)/,
    /(?<text>(?<!\w)(?:"[^"\n]*"|'[^'\n]*'|`[^`\n]*`)(?!\w))/,
    /(?<date>\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?)/,
    /(?<path>(?<![\w.])(?:[A-Za-z]:[\\/]|\.{0,2}[\\/])[\w.@$%+-]+(?:[\\/][\w.@$%+-]+)+[\\/]?)/,
    /(?<id>\b(?:0x[0-9a-f]+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?=[a-f]*\d)[0-9a-f]{8,}|(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[\w-]{16,})\b)/,
    /(?<number>\d+(?:[.,]\d+)*)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gi',
)

/** A message without what differs from one failure to the next. */
export function normalised(message: string): string {
  return message
    .slice(0, MESSAGE_LENGTH)
    .replaceAll(VARIABLE, (...match) => {
      const groups = match.at(-1) as Record<string, string | undefined>
      return `<${Object.keys(groups).find((name) => groups[name] !== undefined)}>`
    })
    .replaceAll(/\s+/g, ' ')
    .trim()
}

const FRAME = /^ +at (?:async )?(?:new )?(?:(?<name>.+?) (?:\[as [^\]]+\] )?\()?(?<place>[^()]+?)(?::\d+){1,2}\)?$/
const NOT_OWN = /node_modules[\\/]|^node:|^internal[\\/]|^<anonymous>|^native$/

/**
 * The first line of the stack that is of the app's own code: its function and its file, without line and column, which
 * every edit moves, and without the folders above, which every deployment may move.
 */
function frameOf(error: JobError): string | undefined {
  for (let each: JobError | undefined = error; each !== undefined; each = each.cause) {
    for (const line of each.stack?.split('\n') ?? []) {
      const { name = '', place } = FRAME.exec(line)?.groups ?? {}
      if (place === undefined || NOT_OWN.test(place)) continue
      return `${name.replace(/^Object\./, '')} ${fileOf(place)}`
    }
  }
  return undefined
}

/** The file and its folder, without the ending: it is `.ts` here and `.js` there. */
function fileOf(place: string): string {
  const segments = place.replace(/[?#].*$/, '').split(/[\\/]/)
  const file = segments
    .slice(-2)
    .join('/')
    .replace(/\.[cm]?[jt]sx?$/, '')
  return normalised(file)
}

/** 48 bits of cyrb53: two streams that are mixed in the end. Good enough to tell apart what one app has of causes. */
function hash(text: string): string {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 2_654_435_761)
    b = Math.imul(b ^ unit, 1_597_334_677)
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909)
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909)
  return (b & 0xffff).toString(16).padStart(4, '0') + (a >>> 0).toString(16).padStart(8, '0')
}
