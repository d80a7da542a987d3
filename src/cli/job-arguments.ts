import { OffstageError } from '../core/errors.ts'

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
    const { message } = error as Error
    throw new OffstageError(
      'ARGS_INVALID',
      `the arguments begin like a JSON array but are none (${message}): quote them for the shell, '["text",1]'`,
      { cause: error },
    )
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
