import type { Enqueued } from '../../core/job.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { parseJobArguments } from '../job-arguments.ts'
import { delayOrDate, priority, wholeNumber } from '../option-values.ts'
import { print, printJson } from '../output.ts'
import { type GlobalOptions, withOffstage } from '../session.ts'
import { waitForJob } from '../wait.ts'

interface Options extends GlobalOptions {
  retries?: string
  delay?: string
  priority?: string
  queue?: string
  timeout?: string
  expiresIn?: string
  tag?: string[]
  unique?: true | string
  wait?: boolean
}

/** Class and method are whatever was typed: it is the registry that refuses what is not allowed. */
type Enqueue = (className: string, method: string, args: unknown[], options: object) => Promise<Enqueued>

export async function run([className, method, text]: [string, string, string?], options: Options): Promise<ExitCode> {
  return await withOffstage(async (session) => {
    // The names first: with a wrong one, nobody wants to hear about the arguments.
    session.engine.registry.resolve(className, method)
    const enqueue = session.offstage.runBackgroundJob as unknown as Enqueue
    const enqueued = await enqueue(className, method, parseJobArguments(text), jobOptions(options))
    if (options.wait) return await waitForJob(session, enqueued, options.json === true)
    if (options.json) printJson(enqueued)
    else print(`${enqueued.id} ${enqueued.status}`)
    return EXIT.ok
  })
}

function jobOptions(options: Options): object {
  const { retries, delay, queue, timeout, expiresIn, tag, unique } = options
  const given = {
    retries: retries === undefined ? undefined : wholeNumber(retries, '--retries'),
    delay: delay === undefined ? undefined : delayOrDate(delay),
    priority: options.priority === undefined ? undefined : priority(options.priority),
    queue,
    timeout,
    expiresIn,
    tags: tag,
    unique,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
