import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { OffstageError } from '../core/errors.ts'

const LONGEST = 10_000

/**
 * A new password: typed twice and not shown on a terminal, else what stands on stdin, without the end of the line.
 * Never from the command line, which other users of the machine can read, and shells keep.
 * @returns undefined when whoever was asked left.
 * @throws OffstageError PASSWORD_INVALID when there is none, or the two differ.
 */
export async function readPassword(email: string): Promise<string | undefined> {
  return process.stdin.isTTY ? await typed(email) : await piped()
}

async function typed(email: string): Promise<string | undefined> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  const left = new Promise<undefined>((resolve) => terminal.on('close', () => resolve(undefined)))
  const ask = async (question: string) => {
    process.stderr.write(question)
    // Ctrl-C and the end of the input close it, and the question is never answered.
    const answer = await Promise.race([terminal.question('').catch(() => undefined), left])
    process.stderr.write('\n')
    return answer
  }
  try {
    const first = await ask(`A new password for ${email}: `)
    const second = first === undefined ? undefined : await ask('The same again: ')
    if (second === undefined || first === second) return second
    throw new OffstageError('PASSWORD_INVALID', 'the two passwords differ: nothing was changed, try again')
  } finally {
    terminal.close()
  }
}

async function piped(): Promise<string> {
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const part of process.stdin) {
    text += part as string
    if (text.length > LONGEST) break
  }
  const password = text.replace(/\r?\n$/, '')
  if (password === '') {
    throw new OffstageError(
      'PASSWORD_INVALID',
      'there is no password on stdin: pass it by a pipe or a file, or type it',
    )
  }
  if (/[\r\n]/.test(password)) {
    throw new OffstageError('PASSWORD_INVALID', 'there are several lines on stdin, and a password is one')
  }
  return password
}
