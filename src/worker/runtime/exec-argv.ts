// What belongs to the one process that was started with it: code to evaluate, a debugger's port, a test run.
const OWN =
  /^(-[epci]|--(eval|print|check|interactive|inspect[\w-]*|debug[\w-]*|test[\w-]*|watch[\w-]*|input-type|run))(=|$)/

/** The options of this Node that its children need too, such as `--import tsx` or `--conditions`. */
export function inheritedExecArgv(execArgv: readonly string[]): string[] {
  const inherited: string[] = []
  let dropping = false
  for (const part of execArgv) {
    if (part.startsWith('-')) dropping = OWN.test(part)
    if (!dropping) inherited.push(part)
  }
  return inherited
}
