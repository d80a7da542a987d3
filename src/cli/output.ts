import { oneLine } from '../logs/one-line.ts'

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const
export type Style = keyof typeof STYLES

/** True when stdout is a terminal: for a person, in columns. Otherwise plain lines, for programs. */
export const onTerminal: boolean = process.stdout.isTTY === true

/** True when the cursor can be moved, too. */
export const canRedraw: boolean = onTerminal && process.env.TERM !== 'dumb'

const coloured = canRedraw && !process.env.NO_COLOR

/** What the locale says of the terminal; where none is set, only Unix means ASCII by that. */
const locale = process.env.LC_ALL || process.env.LC_CTYPE || process.env.LANG || ''
const unicode = locale === '' ? /^(win32|darwin)$/.test(process.platform) : /utf-?8/i.test(locale)

const PLAIN: Readonly<Record<string, string>> = { '…': '...', '·': '|', '–': '-', '→': '->' }

/** What this package itself writes beyond ASCII, for a terminal or a file that knows nothing else. */
export function inLocale(text: string): string {
  return unicode ? text : text.replaceAll(/[…·–→]/g, (character) => PLAIN[character] ?? '?')
}

/** What a text that was cut ends with. */
export const ELLIPSIS: string = inLocale('…')

export function styled(style: Style, text: string): string {
  return coloured ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text
}

/** How this command line was called, for what to type next: npm tells its own. */
export const COMMAND: string = process.env.npm_command === 'exec' ? 'npx offstage' : 'offstage'

/** The width of the terminal in characters. */
export function terminalWidth(): number {
  return process.stdout.columns || 80
}

/** What has the last line of the terminal for itself, and gives way to what is printed. */
export interface Footer {
  hide(): void
  show(): void
}

let footer: Footer | undefined

export function setFooter(next: Footer | undefined): void {
  footer?.hide()
  footer = next
  footer?.show()
}

function write(stream: NodeJS.WriteStream, text: string): void {
  footer?.hide()
  stream.write(text)
  footer?.show()
}

export function print(line: string): void {
  write(process.stdout, `${inLocale(line)}\n`)
}

/** The one value that `--json` writes to stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, onTerminal ? 2 : undefined)}\n`)
}

/** What is not the answer: hints, warnings and errors. One line on stderr. */
export function note(message: string): void {
  write(process.stderr, `offstage: ${inLocale(oneLine(message, 10_000))}\n`)
}

/** Ends once what was printed has left the process; a reader that went away counts as one that has read it. */
export async function printed(): Promise<void> {
  await new Promise<void>((done) => process.stdout.write('', () => done()))
}

let whenClosed = (): void => process.exit(0)

/** What to do when the reader of stdout goes away (`| head`). Until this is called: end at once, successfully. */
export function onOutputClosed(then: () => void): void {
  whenClosed = then
}

let whenRefused = (error: Error): void => {
  note(`stdout cannot be written: ${error.message}`)
  process.exit(1)
}

/** For what has more to do than to print: a full disk below stdout is told once, and what is printed is lost. */
export function goOnUnprinted(): void {
  whenRefused = (error) => {
    note(`nothing can be shown: stdout cannot be written (${error.message})`)
    whenRefused = () => {}
  }
}

/** Makes a reader that goes away no error, and a full disk that of a command and not of a worker. */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isGone(error)) whenClosed()
    else whenRefused(error)
  })
  // There is nowhere left to tell it.
  process.stderr.on('error', () => {})
}

/** A pipe that nobody reads any more, or a terminal that was closed. */
function isGone({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'EIO'
}
