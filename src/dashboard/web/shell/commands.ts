import type { HandlerRow, Me, QueueRow, ScheduleRow } from '../../api.ts'
import type { IconName } from '../components/icons.tsx'
import type { Place } from '../pages/routes.ts'
import { scheduleHref } from '../schedules/schedule-href.ts'
import type { OpenedDialog } from './opened-dialog.ts'

/** Something to go to (`href`), to open, or to do. */
export interface Command {
  group: 'Page' | 'Action' | 'Handler' | 'Queue' | 'Schedule' | 'Jobs'
  name: string
  icon: IconName
  href?: string
  opens?: OpenedDialog
  does?: 'sign-out' | 'switch-theme'
}

export interface CommandSources {
  places: readonly Place[]
  handlers: readonly Pick<HandlerRow, 'class' | 'method'>[]
  queues: readonly Pick<QueueRow, 'name'>[]
  schedules: readonly Pick<ScheduleRow, 'name'>[]
  me: Me | undefined
  /** What the theme would become. */
  nextTheme: string
}

const MOST = 12

export function commandsFor({ places, handlers, queues, schedules, me, nextTheme }: CommandSources): Command[] {
  const may = (permission: string) => me?.permissions.includes(permission) ?? false
  const jobs = (filter: string) => `/jobs?filter=${encodeURIComponent(filter)}`
  return [
    ...places.map(({ name, icon, path }): Command => ({ group: 'Page', name, icon, href: path })),
    { group: 'Jobs', name: 'Failed jobs', icon: 'failed', href: jobs('status:failed') },
    { group: 'Jobs', name: 'Running jobs', icon: 'running', href: jobs('status:running') },
    { group: 'Jobs', name: 'Pending jobs', icon: 'pending', href: jobs('status:pending') },
    ...(me?.features.enqueue && may('jobs.enqueue')
      ? [{ group: 'Action', name: 'Enqueue a job', icon: 'plus', opens: { kind: 'enqueue' } } as const]
      : []),
    ...(may('jobs.clear')
      ? [{ group: 'Action', name: 'Clear data', icon: 'delete', opens: { kind: 'clear' } } as const]
      : []),
    { group: 'Action', name: `Switch the theme to ${nextTheme}`, icon: 'sun', does: 'switch-theme' },
    { group: 'Action', name: 'Keyboard shortcuts', icon: 'help', opens: { kind: 'help' } },
    ...(me && !me.external ? [{ group: 'Action', name: 'Sign out', icon: 'leave', does: 'sign-out' } as const] : []),
    ...handlers.map((handler): Command => {
      const name = `${handler.class}.${handler.method}`
      return { group: 'Handler', name, icon: 'handlers', href: jobs(`class:${handler.class} method:${handler.method}`) }
    }),
    ...queues.map(({ name }): Command => ({ group: 'Queue', name, icon: 'queues', href: jobs(`queue:${name}`) })),
    ...schedules.map(({ name }): Command => ({ group: 'Schedule', name, icon: 'schedules', href: scheduleHref(name) })),
  ]
}

/** What fits the text, the best first; an id or a filter becomes a way to its jobs. */
export function matching(commands: readonly Command[], text: string): Command[] {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return commands.slice(0, MOST)
  const rated = commands
    .map((command) => ({ command, rank: rankOf(command.name.toLowerCase(), wanted) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)
  return [...typed(text.trim()), ...rated.map(({ command }) => command)].slice(0, MOST)
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function typed(text: string): Command[] {
  if (UUID.test(text))
    return [{ group: 'Jobs', name: `Job ${text}`, icon: 'jobs', href: `/jobs/${text.toLowerCase()}` }]
  const filter = /^[0-9a-f-]{6,}$/i.test(text) ? `id:${text.toLowerCase()}` : text
  if (!filter.includes(':')) return []
  return [
    { group: 'Jobs', name: `Jobs with ${filter}`, icon: 'filter', href: `/jobs?filter=${encodeURIComponent(filter)}` },
  ]
}

/** Names that begin with it, then those with a word that does, then those that hold it, then its letters in order. */
function rankOf(name: string, wanted: string): number {
  if (name.startsWith(wanted)) return 4
  if (name.split(/[\s._-]+/).some((word) => word.startsWith(wanted))) return 3
  if (name.includes(wanted)) return 2
  let from = 0
  for (const letter of wanted) {
    from = name.indexOf(letter, from) + 1
    if (from === 0) return 0
  }
  return 1
}
