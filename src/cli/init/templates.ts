/** What `init` writes, as text. */
export function configText(importPath: string): string {
  return `import { allow, defineOffstage } from 'offstage'
import { SampleJob } from '${importPath}'

export const offstage = defineOffstage({
  database: 'sqlite:offstage.db',
  // Only what is listed here can ever run: a class, and the names of its methods.
  jobs: [allow(SampleJob, 'process')],
})
export const { runBackgroundJob } = offstage
export default offstage
`
}

/** @param hasConsole False where the project's TypeScript settings do not know `console`. */
export function jobText({ typed, hasConsole }: { typed: boolean; hasConsole: boolean }): string {
  const print = "    console.log('SampleJob was given', args)\n"
  return `/** A plain class. What a method prints is kept as the job's log, what it returns as its result. */
export class SampleJob {
  process(...args${typed ? ': string[]' : ''}) {
${hasConsole ? print : ''}    return \`processed \${args.join(', ')}\`
  }
}
`
}

export const SECRET_KEY = 'OFFSTAGE_SECRET_KEY'

export function environmentText(key: string): string {
  return `# Seals the secrets in the arguments of jobs. Whoever has it can read them: keep it out of version control.
${SECRET_KEY}=${key}
`
}

/** What belongs to one machine only, as lines of .gitignore with a path that each of them covers. */
export const IGNORED: Readonly<Record<string, string>> = {
  'offstage.db*': 'offstage.db-wal',
  'logs/': 'logs/background_jobs.log',
  '.env': '.env',
}
