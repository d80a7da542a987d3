/** What was rejected without anybody to hear it, while this is there. */
export interface Unheard extends Disposable {
  readonly told: string[]
  /** What goes on now: told with each. */
  during: string
}

/** Instead of the test runner's own listener, which would fail the whole run without telling what went on. */
export function hearUnheard(): Unheard {
  const others = process.listeners('unhandledRejection')
  const unheard: Unheard = {
    told: [],
    during: '',
    [Symbol.dispose]() {
      process.off('unhandledRejection', hear)
      for (const each of others) process.on('unhandledRejection', each)
    },
  }
  const hear = (error: unknown) => unheard.told.push(`${unheard.during}: ${(error as Error).stack}`)
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', hear)
  return unheard
}
