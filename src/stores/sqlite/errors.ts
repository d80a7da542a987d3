import { OffstageError } from '../../core/errors.ts'

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const ERROR = 1
const PERM = 3
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const AUTH = 23
const NOTADB = 26
/** An extended code: no room for the file that processes share, which is all that a full disk says of it. */
const IOERR_SHMSIZE = 4874

/** Says in one line what SQLite's error means for the user, or hands through what is no error of SQLite. */
export function describeSqliteError(error: unknown, path: string): unknown {
  const code = resultCode(error)
  if (code === undefined) return error
  const cause = error
  switch (code) {
    case BUSY:
    case LOCKED:
      return new OffstageError('DATABASE_BUSY', `the database ${path} is locked by another process; try again`, {
        cause,
        transient: true,
      })
    case FULL:
      return new OffstageError(
        'DATABASE_FULL',
        `the disk that holds ${path} is full; nothing was stored: make room and try again`,
        { cause, transient: true },
      )
    case IOERR:
      return new OffstageError(
        'DATABASE_UNAVAILABLE',
        `${path} could not be read or written (${(error as Error).message}); check the disk`,
        { cause, transient: true },
      )
    case NOTADB:
      return new OffstageError(
        'DATABASE_NOT_OFFSTAGE',
        `${path} is not a SQLite database; nothing was changed in it: name another file`,
        { cause },
      )
    case ERROR:
      return ofSchema(error as Error, path)
    case CORRUPT:
      return new OffstageError(
        'DATABASE_CORRUPT',
        `the database ${path} is damaged (${(error as Error).message}): restore a backup, or save what is left with sqlite3 "${path}" .recover`,
        { cause },
      )
    case READONLY:
    case PERM:
    case AUTH:
      return new OffstageError(
        'DATABASE_UNWRITABLE',
        `${path} cannot be written: give this user the right to write the file and its folder, or name another file`,
        { cause },
      )
    case CANTOPEN:
      return new OffstageError(
        'DATABASE_UNWRITABLE',
        `${path} cannot be opened: check that its folder exists and can be written, or name another file`,
        { cause },
      )
    default:
      return error
  }
}

/** SQLite tells these by their words alone. */
function ofSchema(error: Error, path: string): unknown {
  const { message: told } = error
  const cause = error
  if (/ already exists$|^there is already an? /.test(told)) {
    return new OffstageError(
      'DATABASE_NOT_OFFSTAGE',
      `in ${path} something has a name that Offstage needs (${told}): rename or drop it, or name another file`,
      { cause },
    )
  }
  if (/^(no such (table|column): |table .* has no column named )/.test(told)) {
    return new OffstageError(
      'SCHEMA_MISSING',
      `${path} lacks a table or a column of Offstage (${told}): run \`offstage migrate\`, and where that finds nothing to do, \`offstage doctor\``,
      { cause },
    )
  }
  return error
}

function resultCode(error: unknown): number | undefined {
  const { errcode } = (error ?? {}) as { errcode?: unknown }
  if (typeof errcode !== 'number') return undefined
  return errcode === IOERR_SHMSIZE ? FULL : errcode & 0xff
}
