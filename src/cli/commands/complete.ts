import type { Command, Option } from 'commander'
import { FILTER_FIELDS } from '../../core/filter-fields.ts'
import { JOB_STATUSES } from '../../core/job.ts'
import { PERMISSIONS } from '../../dashboard/server/auth/permissions.ts'
import { ROLES } from '../../store/access.ts'
import { shortId } from '../job-id.ts'
import { statusText } from '../job-text.ts'
import { print } from '../output.ts'
import { applyEnvironment, withOffstage, withStore } from '../session.ts'

interface Candidate {
  value: string
  description?: string
}

/** Prints what can stand in place of the last word: one a line, with a tab and a description. Never fails. */
export async function complete(program: Command, words: readonly string[]): Promise<void> {
  const { whole, behind } = joinField(words)
  const joined = joinValues(whole)
  const place = placeOf(program, joined)
  const config = joined[joined.indexOf('--config') + 1]
  // A config that is broken has no names to offer, and the middle of a command line is no place to say so.
  const candidates = await candidatesOf(place, joined.includes('--config') ? config : undefined).catch(() => [])
  for (const { value, description = '' } of candidates) {
    if (value.startsWith(place.current)) print(`${value.slice(behind.length)}\t${description}`)
  }
}

interface Place {
  command: Command
  /** The positional arguments of that command so far. */
  before: string[]
  /** The option whose value the current word is. */
  option: Option | undefined
  current: string
}

/** bash parts `--status=failed` at the sign. */
function joinValues(words: readonly string[]): string[] {
  const parted = words.flatMap((word) => (/^--[\w-]+=/.test(word) ? word.split(/=(.*)/s, 2) : [word]))
  const joined = parted.filter((word, i) => word !== '=' || i === parted.length - 1)
  return joined.at(-1) === '=' ? [...joined.slice(0, -1), ''] : joined
}

/** bash parts `status:failed` too, and puts what is printed behind what stands there already. */
function joinField(words: readonly string[]): { whole: readonly string[]; behind: string } {
  const colon = words.lastIndexOf(':')
  if (colon < 1 || colon < words.length - 2) return { whole: words, behind: '' }
  const behind = `${words[colon - 1]}:`
  return { whole: [...words.slice(0, colon - 1), behind + (words[colon + 1] ?? '')], behind }
}

function placeOf(program: Command, words: readonly string[]): Place {
  let command = program
  let before: string[] = []
  let option: Option | undefined
  for (const word of words.slice(0, -1)) {
    if (option !== undefined) option = undefined
    else if (word.startsWith('-')) option = optionsOf(command).find((known) => known.long === word && takesValue(known))
    else {
      // Behind `help` stands what stands without it.
      const child = word === 'help' ? undefined : command.commands.find((known) => known.name() === word)
      if (child === undefined) before.push(word)
      else {
        command = child
        before = []
      }
    }
  }
  return { command, before, option, current: words.at(-1) ?? '' }
}

function optionsOf(command: Command): Option[] {
  const above = command.parent === null ? [] : optionsOf(command.parent)
  return [...command.options, ...above].filter((option) => !option.hidden)
}

function takesValue(option: Option): boolean {
  return option.required || option.optional
}

async function candidatesOf(place: Place, config: string | undefined): Promise<Candidate[]> {
  const { command, before, option, current } = place
  applyEnvironment(config === undefined ? {} : { config })
  if (option !== undefined) return await valuesOf(option)
  if (current.startsWith('-')) {
    return optionsOf(command).map(({ long, description }) => ({ value: long ?? '', description }))
  }
  if (command.commands.length > 0) {
    // Names that commander itself adds, such as help, are found by its own list only.
    const visible = command.createHelp().visibleCommands(command)
    return visible.map((child) => ({ value: child.name(), description: child.description() }))
  }
  const { registeredArguments } = command
  const argument = registeredArguments[before.length] ?? registeredArguments.findLast(({ variadic }) => variadic)
  if (argument?.argChoices !== undefined) return argument.argChoices.map((value) => ({ value }))
  return await namesOf(argument?.name() ?? '', command.parent?.name() ?? '', before)
}

async function valuesOf(option: Option): Promise<Candidate[]> {
  if (option.argChoices !== undefined) return option.argChoices.map((value) => ({ value }))
  switch (option.long) {
    case '--status':
      return JOB_STATUSES.map((value) => ({ value }))
    case '--priority':
      return ['high', 'medium', 'low'].map((value) => ({ value }))
    case '--role':
      return ROLES.map((value) => ({ value }))
    case '--scope':
      return Object.entries(PERMISSIONS).map(([value, { text }]) => ({ value, description: text }))
    case '--class':
      return await namesOf('class', '', [])
    case '--queue':
      return await namesOf('queue', '', [])
    default:
      return []
  }
}

/** What can be written in a filter; the values of a field once it has been named. */
function filterWords(): Candidate[] {
  return FILTER_FIELDS.flatMap(({ name, description, values = [] }) => [
    { value: `${name}:`, description },
    ...values.map((value) => ({ value: `${name}:${value}` })),
  ])
}

async function namesOf(what: string, group: string, [className]: string[]): Promise<Candidate[]> {
  if (what === 'class' || what === 'method') {
    return await withOffstage(async ({ engine }) => {
      const handlers = engine.registry.list()
      if (what === 'method') {
        return handlers.filter((known) => known.className === className).map(({ method }) => ({ value: method }))
      }
      return [...new Set(handlers.map((known) => known.className))].map((value) => ({ value }))
    })
  }
  if (what === 'role') return ROLES.map((value) => ({ value }))
  return await withStore(async (store): Promise<Candidate[]> => {
    if (what === 'email') {
      return (await store.access.users()).map(({ email, name }) => ({ value: email, description: name }))
    }
    if (what === 'queue' || group === 'queues') return (await store.queues()).map(({ name }) => ({ value: name }))
    if (group === 'schedules') {
      const known = await store.schedules.list()
      return known.map((schedule) => ({ value: schedule.name, description: `${schedule.class}.${schedule.method}` }))
    }
    if (group === 'workers')
      return (await store.workers()).map(({ id, status }) => ({ value: id, description: status }))
    if (what === 'filter') return filterWords()
    if (what !== 'id' && what !== 'jobs') return []
    const { jobs } = await store.list({ limit: 20 })
    const ids = jobs.map((job) => ({
      value: shortId(job.id),
      description: `${job.class}.${job.method} ${statusText(job)}`,
    }))
    return what === 'id' ? ids : [...ids, ...filterWords()]
  })
}
