import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import type { TestOptions } from 'vitest'
import { needs } from './needs.ts'

/** What makes a real terminal here: util-linux's `script`, else Python; undefined where there is neither. */
const MAKER = ((): ((command: string) => [string, string[]]) | undefined => {
  if (process.platform === 'win32') return undefined
  if (/util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '')) {
    return (command) => ['script', ['-qec', command, '/dev/null']]
  }
  const spawnInPty = 'import os,pty,sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(["sh", "-c", sys.argv[1]])))'
  if (spawnSync('python3', ['-c', 'import pty']).status === 0) {
    return (command) => ['python3', ['-c', spawnInPty, command]]
  }
  return undefined
})()

/** For tests on a terminal. */
export const aTerminal: TestOptions = needs(
  MAKER !== undefined,
  'Nothing was tested on a terminal: neither `script` of util-linux nor python3 is here to make one',
)

export interface TerminalOptions {
  cwd: string
  columns?: number
  env?: Record<string, string>
}

/** A command in a terminal of its own. */
export class Terminal {
  readonly child: ChildProcess
  /** Everything that it has written so far, with what moves the cursor. */
  output = ''
  readonly ended: Promise<number | null>
  readonly #listeners = new Set<() => void>()

  constructor(command: readonly string[], { cwd, columns = 80, env = {} }: TerminalOptions) {
    const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
    const [file, args] = MAKER?.(`stty cols ${columns} rows 30; exec ${quoted}`) ?? ['false', []]
    const clean = Object.fromEntries(
      Object.entries(process.env).filter(
        ([key]) => !/^(OFFSTAGE|BACKGROUND_JOB|MAX_RE|VITEST|NODE_OPTIONS|NO_COLOR|LC_|LANG|CI$)/.test(key),
      ),
    )
    this.child = spawn(file, args, { cwd, env: { ...clean, TERM: 'xterm', LANG: 'C.UTF-8', ...env }, stdio: 'pipe' })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        for (const listener of this.#listeners) listener()
      })
    }
    this.ended = new Promise((resolve) => this.child.on('close', (code) => resolve(code)))
  }

  /** What the keys send: `\x03` is Ctrl-C. */
  press(keys: string): void {
    this.child.stdin?.write(keys)
  }

  /** Resolves when the lines match; rejects when it ended without. */
  said(what: RegExp | string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const shown = this.lines.join('\n')
        if (typeof what === 'string' ? shown.includes(what) : what.test(shown)) resolve()
      }
      this.#listeners.add(look)
      void this.ended.then(() => reject(new Error(`ended without saying ${what}: ${JSON.stringify(this.output)}`)))
      look()
    })
  }

  /** The output without colours and without the cursor's moves: every state of the status line on a line of its own. */
  get lines(): string[] {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal is sent.
    const text = this.output.replaceAll(/\r\u001b\[2K/g, '\n').replaceAll(/\u001b\[[0-9;]*m/g, '')
    return text.split(/\r?\n/).filter((line) => line !== '')
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }
}
