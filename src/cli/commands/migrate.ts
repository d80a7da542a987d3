import { OffstageError } from '../../core/errors.ts'
import { inspectDatabase, openStore } from '../../stores/open.ts'
import { RESTORE } from '../doctor/database.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { print, printJson } from '../output.ts'
import { databaseUrl, type GlobalOptions } from '../session.ts'

interface Options extends GlobalOptions {
  dryRun?: boolean
}

/** Brings the database's schema up to date, or prints the SQL that would. */
export async function migrate(_: [], options: Options): Promise<ExitCode> {
  const url = await databaseUrl()
  const { version, missing, migrations } = await inspectDatabase(url)
  if (missing.length > 0) throw new OffstageError('SCHEMA_MISSING', `${missing.join('; ')}: ${RESTORE}`)
  const steps = migrations.filter((step) => step.version > version)
  const newest = Math.max(version, migrations.at(-1)?.version ?? 0)
  // A newer schema is refused here, too.
  if (!options.dryRun || version > (migrations.at(-1)?.version ?? 0)) await apply(url)
  if (options.json) printJson({ from: version, to: newest, applied: !options.dryRun, steps })
  else if (steps.length === 0) print(`the schema is up to date (version ${version})`)
  else if (options.dryRun) for (const line of steps.flatMap(sqlOf)) print(line)
  else for (const step of steps) print(`applied ${step.version}: ${step.name}`)
  return EXIT.ok
}

async function apply(url: string): Promise<void> {
  const store = await openStore(url)
  try {
    await store.migrate()
  } finally {
    await store.close()
  }
}

interface Step {
  version: number
  name: string
  statements: readonly string[]
  inTransaction?: boolean
}

function sqlOf({ version, name, statements, inTransaction = true }: Step): string[] {
  const how = inTransaction ? '' : ' (each statement by itself: not inside a transaction)'
  // As they stand in the code, without its indentation.
  return [`-- ${version}: ${name}${how}`, ...statements.map((statement) => `${statement.replaceAll(/\n {6}/g, '\n')};`)]
}
