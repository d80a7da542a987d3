const NOBODY = 65_534

/** Runs `work` as a user whom permissions bind: root ignores them. Loads nothing meanwhile; imports come before. */
export async function asOrdinaryUser<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) return await work()
  process.seteuid?.(NOBODY)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}
