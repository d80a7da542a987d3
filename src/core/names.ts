import { shown } from './duration.ts'

// Names come from outside (a command line, a dashboard, a row in a database). They are only ever compared with
// the allow-list; still, what is no identifier is refused by its form, so that no path, shell word or SQL text
// reaches a message, a log or a query as if it were a name.
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/
const MAX_LENGTH = 200

const INHERITED: ReadonlySet<string> = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype'])

/** Why `name` cannot be the name of a class, as the end of a sentence; undefined when it can. */
export function classNameProblem(name: unknown): string | undefined {
  return identifierProblem(name, 'a class')
}

/** Why `name` cannot be the name of a method, as the end of a sentence; undefined when it can. */
export function methodNameProblem(name: unknown): string | undefined {
  const problem = identifierProblem(name, 'a method')
  if (problem !== undefined) return problem
  return INHERITED.has(name as string) ? `${shown(name)} belongs to every object and cannot be a job` : undefined
}

function identifierProblem(name: unknown, what: string): string | undefined {
  if (typeof name !== 'string') return `the name of ${what} is text, not ${shown(name)}`
  if (name === '') return `the name of ${what} is empty`
  if (name.length > MAX_LENGTH) return `the name of ${what} is longer than ${MAX_LENGTH} characters`
  if (!IDENTIFIER.test(name)) return `${shown(name)} is no name of ${what}: use letters, digits, _ and $ only`
  if (name === '__proto__') return `${shown(name)} is no name of ${what}`
  return undefined
}

// Queues and tags are free text to people, and columns to databases: short, printable, and without the comma
// that separates them on the command line.
const LABEL = /^[^\p{Cc},]+$/u
const MAX_LABEL_LENGTH = 100

/** Why `name` cannot be the name of a queue or a tag, as the end of a sentence; undefined when it can. */
export function labelProblem(name: unknown): string | undefined {
  if (typeof name !== 'string') return `is ${shown(name)}: use text`
  if (name.trim() === '') return 'is empty: give it a name'
  if (name.length > MAX_LABEL_LENGTH) return `is longer than ${MAX_LABEL_LENGTH} characters`
  if (name !== name.trim()) return `is ${shown(name)}: leave out the space around it`
  if (!LABEL.test(name)) return `is ${shown(name)}: leave out commas and control characters`
  return undefined
}
