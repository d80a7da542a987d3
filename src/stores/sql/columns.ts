const TABLE = /(?:create|alter) table (?:if not exists )?(?:"\w+"\.)?"?(\w+)"?/
const ADDED = /add column (?:if not exists )?"?(\w+)/g
/** What a part of a table's definition begins with that is no column. */
const NO_COLUMN = /^(primary|unique|key|constraint|check|foreign)$/

/** The columns that migrations make, by table. Read from their text: doctor makes nothing to find out. */
function columnsOf(migrations: readonly { statements: readonly string[] }[]): Map<string, string[]> {
  const columns = new Map<string, string[]>()
  for (const statement of migrations.flatMap(({ statements }) => statements)) {
    const [, name] = TABLE.exec(statement) ?? []
    if (name === undefined) continue
    const made = /^create/.test(statement) ? created(statement) : [...statement.matchAll(ADDED)].map(([, each]) => each)
    columns.set(name, [...(columns.get(name) ?? []), ...(made as string[])])
  }
  return columns
}

/**
 * What is gone of it, in words.
 * @param found The columns that there are.
 * @param of The tables that are looked at.
 */
export function missingOf(
  migrations: readonly { statements: readonly string[] }[],
  found: readonly { owner: string; name: string }[],
  of: (table: string) => boolean = () => true,
): string[] {
  const there = Map.groupBy(found, ({ owner }) => owner)
  return [...columnsOf(migrations)].flatMap(([table, columns]) => {
    if (!of(table)) return []
    const names = new Set(there.get(table)?.map(({ name }) => name))
    if (names.size === 0) return [`the table ${table} is missing`]
    return columns.filter((name) => !names.has(name)).map((name) => `the column ${name} of ${table} is missing`)
  })
}

function created(statement: string): string[] {
  const names: string[] = []
  let depth = 0
  let part = ''
  for (const sign of statement.slice(statement.indexOf('('))) {
    if (sign === ')') depth -= 1
    if (depth === 0 && part !== '') break
    if (depth === 1 && sign === ',') {
      names.push(part)
      part = ''
    } else if (depth > 0) part += sign
    if (sign === '(') depth += 1
  }
  return [...names, part]
    .map((text) => /^\s*["`]?(\w+)/.exec(text)?.[1] ?? '')
    .filter((name) => name !== '' && !NO_COLUMN.test(name))
}
