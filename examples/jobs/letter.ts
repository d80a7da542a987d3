import { currentJob } from 'offstage'

/** Fails at first, as mail servers do, and succeeds with the second attempt. */
export class Letter {
  async send(to: string): Promise<string> {
    const { attempt, maxAttempts } = currentJob()
    if (attempt === 1) throw new Error('the mail server is busy, try again later')
    console.log(`accepted in attempt ${attempt} of at most ${maxAttempts}`)
    return `a letter to ${to}`
  }
}
