import type { CommanderError } from 'commander'

const CUT = /^error: |\s*\n\s*/g

/** What commander says of a wrong command line, as one line: `unknown option '--retry'; did you mean --retries?` */
export function usageMessage(text: string): string {
  return text
    .trim()
    .replace(/\n?\(Did you mean (one of )?(.+)\?\)/, (_, _several, names) => `; did you mean ${names}?`)
    .replace(CUT, (part) => (part.startsWith('error') ? '' : ' '))
}

/** True when commander has only shown the help or the version that was asked for, in whatever way. */
export function isAnswer(error: CommanderError): boolean {
  return error.exitCode === 0
}
