import { OffstageError } from '../core/errors.ts'
import { jsonFault } from './json-fault.ts'

/**
 * The argument list in what was typed: a JSON array is the list; other text is split at commas into strings.
 * @throws OffstageError ARGS_INVALID for what was meant as JSON and is no array.
 */
export function parseJobArguments(text: string | undefined): unknown[] {
  const trimmed = text?.trim() ?? ''
  if (trimmed === '') return []
  if (trimmed.startsWith('[')) return parseArray(trimmed)
  // Split at its commas, an object would become text that nobody meant.
  if (trimmed.startsWith('{') && isJson(trimmed)) {
    throw new OffstageError('ARGS_INVALID', "the arguments are one JSON object: put it into a list, '[{…}]'")
  }
  return trimmed.split(',').map((part) => part.trim())
}

function parseArray(text: string): unknown[] {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new OffstageError(
      'ARGS_INVALID',
      `the arguments begin like a JSON array but are none (${where(text)}): quote them for the shell, '["text",1]'`,
      { cause: error },
    )
  }
}

const EXCERPT = 20

/** `at character 4, before "}": expected a value` */
function where(text: string): string {
  const { at, expected } = jsonFault(text) ?? { at: text.length, expected: 'the end' }
  const rest = text.slice(at, at + EXCERPT)
  const place = rest === '' ? 'at its end' : `at character ${at + 1}, before ${JSON.stringify(rest)}`
  return `${place}: expected ${expected}`
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
