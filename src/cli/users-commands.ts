import { type Command, Option } from 'commander'
import { collect } from './option-values.ts'
import type { Add } from './program.ts'

/** Who may use the dashboard. */
export function addUsers(program: Command, add: Add): void {
  const users = program.command('users').description('who may use the dashboard, and how they sign in')
  const user = async () => await import('./commands/users.ts')
  const access = async () => await import('./commands/users-access.ts')
  const withLink = (command: Command) =>
    command
      .option('--url <address>', 'where the dashboard is (default: as configured)')
      .option('--valid-for <time>', 'how long the link works (default: 15m)')

  add(users, 'list', 'every user', async () => (await user()).listUsers)
  const added = add(
    users,
    'add <email>',
    'add a user, and print a link to sign in by',
    async () => (await user()).addUser,
  )
    .option('--role <role>', 'viewer, operator or admin (default: viewer)')
    .option('--name <name>', 'how others see them (default: the email up to its @)')
    .option('--password-stdin', 'read a password from stdin, instead of a link')
  withLink(added)
  withLink(add(users, 'link <email>', 'print a link that signs in, once', async () => (await access()).link))
  add(users, 'password <email>', 'set a password, read from stdin', async () => (await user()).setPassword)
  add(users, 'role <email> <role>', 'make them a viewer, operator or admin', async () => (await user()).setRole)
  add(users, 'disable <email>', 'let them in no more', async () => (await user()).setDisabled(true))
  add(users, 'enable <email>', 'let them in again', async () => (await user()).setDisabled(false))
  add(users, 'sessions <email>', 'where they are signed in', async () => (await access()).sessions) //
    .option('--end', 'sign them out everywhere')
  add(users, 'tokens <email>', 'their API tokens: show, make, revoke', async () => (await access()).tokens)
    .option('--name <name>', 'make one of this name')
    .option('--scope <permissions>', 'what it may do; can be repeated, or separated by commas', collect)
    .option('--days <number>', 'how long it is good, or never (default: 90)')
    .addOption(new Option('--revoke <token>', 'revoke the one of this id or name').conflicts(['name', 'scope', 'days']))
  add(users, 'remove <email>', 'remove a user, with their sessions and tokens', async () => (await user()).removeUser) //
    .option('--yes', 'do not ask')
}
