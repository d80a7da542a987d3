import { createInterface } from 'node:readline/promises'
import { OffstageError } from '../core/errors.ts'

/**
 * Asks whether to do what cannot be undone.
 * @param what As in `this would delete 12 jobs`.
 * @throws OffstageError OPTION_INVALID where nobody can be asked.
 */
export async function confirmed(what: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new OffstageError('OPTION_INVALID', `${what}: say so with --yes`)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const left = new Promise<string>((resolve) => terminal.on('close', () => resolve('')))
  try {
    // The end of the input is an answer too, and no yes.
    const answer = await Promise.race([terminal.question(`${what}. Go on? (yes/no) `), left])
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}
