/** The other end of `callInProcess`. */
const [module = '', name = '', given = 'null'] = process.argv.slice(2)
const exported = (await import(module)) as Record<string, (given: unknown) => Promise<unknown>>
// What a measurement left open, or took to hear errors with, is not to keep one that has failed.
const result = await exported[name]?.(JSON.parse(given)).catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
process.send?.(result ?? null, () => process.exit(0))
