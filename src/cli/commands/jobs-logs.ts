import { oneLine } from '../../logs/one-line.ts'
import type { LogLine, Severity } from '../../store/store.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { findJobId, noSuchJob } from '../job-id.ts'
import { positiveNumber } from '../option-values.ts'
import { note, print, printJson, type Style, styled } from '../output.ts'
import { type GlobalOptions, withStore } from '../session.ts'
import { localTime } from '../time-text.ts'

interface Options extends GlobalOptions {
  attempt?: string
}

export async function showLogs([text]: [string], options: Options): Promise<ExitCode> {
  const attempt = options.attempt === undefined ? undefined : positiveNumber(options.attempt, '--attempt')
  const lines = await withStore(async (store) => {
    const id = await findJobId(store, text)
    const found = await store.logs(id, attempt)
    if (found.length === 0 && (await store.get(id)) === undefined) throw noSuchJob(text)
    return found
  })
  if (options.json) printJson(lines)
  else if (lines.length === 0) note('this job has logged nothing')
  else for (const line of lines) print(logLine(line))
  return EXIT.ok
}

const STYLES: Record<Severity, Style | undefined> = {
  debug: 'dim',
  info: undefined,
  warning: 'yellow',
  error: 'red',
}

function logLine({ attempt, at, severity, text }: LogLine): string {
  const style = STYLES[severity]
  const shown = oneLine(text, Number.POSITIVE_INFINITY)
  const head = styled('dim', `${localTime(at)}  ${attempt}  ${severity.padEnd(7)}`)
  return `${head}  ${style === undefined ? shown : styled(style, shown)}`
}
