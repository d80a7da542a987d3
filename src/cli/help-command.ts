import type { Command } from 'commander'
import { suggestion } from '../core/nearest.ts'

/** `offstage help jobs list`: commander's own looks at one word, and shows the help above for what is no command. */
export function addHelp(above: Command): void {
  for (const group of above.commands) if (group.commands.length > 0) addHelp(group)
  above
    .helpCommand(false)
    .command('help [command...]')
    .description('display help for command')
    .action((words: string[]) => {
      words.reduce(below, above).help()
    })
}

function below(command: Command, word: string): Command {
  const { commands } = command
  const found = commands.find((known) => known.name() === word)
  if (found !== undefined) return found
  const visible = command.createHelp().visibleCommands(command)
  return command.error(
    `error: unknown command '${word}'${suggestion(
      word,
      visible.map((known) => known.name()),
    )}`,
  )
}
