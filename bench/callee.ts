/** The other end of `callInProcess`. */
const [module = '', name = '', given = 'null'] = process.argv.slice(2)
const exported = (await import(module)) as Record<string, (given: unknown) => Promise<unknown>>
const result = await exported[name]?.(JSON.parse(given))
process.send?.(result ?? null, () => process.exit(0))
