import { currentJob } from 'offstage'

/** Takes its whole process down once, as a native module might. Nothing else is harmed, and it runs again. */
export class Scanner {
  async scan(page: number): Promise<string> {
    if (currentJob().attempt === 1) process.kill(process.pid, 'SIGKILL')
    return `page ${page} is readable`
  }
}
