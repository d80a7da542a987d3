import { findConfig } from '../../config/find.ts'
import { ENGINE } from '../../core/engine-symbol.ts'
import { defineOffstage } from '../../offstage.ts'
import { type ServeFlags, serveDashboard } from '../dashboard-server.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { onInterrupt, type Signal } from '../interrupt.ts'
import { note, print, printJson } from '../output.ts'
import { type GlobalOptions, type Session, withOffstage } from '../session.ts'

interface Options extends GlobalOptions, ServeFlags {
  readOnly?: boolean
}

/** Serves the dashboard until it is told to stop; works at nothing. */
export async function dashboard(_: [], options: Options): Promise<ExitCode> {
  return await withAnyOffstage(async (session) => {
    const served = await serveDashboard(session, options, options.readOnly ? { readOnly: true } : {})
    const { address, signIn } = served
    // Listens before it says that it is there: whoever reads that may stop it at once.
    const stopping = interrupted()
    if (options.json) printJson({ address, signIn: signIn ?? null })
    else {
      print(`The dashboard is at ${address}`)
      if (signIn !== undefined) print(`Sign in, once and within 15 minutes, with ${signIn}`)
      note('Ctrl-C stops it')
    }
    const signal = await stopping
    await served.close()
    return signal === 'SIGINT' ? EXIT.interrupted : EXIT.ok
  })
}

/** The signal that asks for the end; a second one ends at once. */
async function interrupted(): Promise<Signal> {
  return await new Promise((resolve) => {
    onInterrupt((signal, count) => (count > 1 ? process.exit(EXIT.interrupted) : resolve(signal)))
  })
}

/** For a database that was named, without a config module: all can be seen and done, but nothing enqueued. */
async function withAnyOffstage(use: (session: Session) => Promise<ExitCode>): Promise<ExitCode> {
  if (findConfig(process.cwd(), process.env) !== undefined || !process.env.OFFSTAGE_DATABASE)
    return await withOffstage(use)
  const offstage = defineOffstage({ jobs: [], logs: false })
  try {
    return await use({ offstage, engine: offstage[ENGINE], configPath: '' })
  } finally {
    await offstage.close()
  }
}
