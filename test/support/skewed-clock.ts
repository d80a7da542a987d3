/** Preloaded with --import: the clock of this process, as all of its JavaScript sees it, is wrong by so many ms. */
const skew = Number(process.env.TEST_CLOCK_SKEW_MS)
const RealDate = Date

globalThis.Date = class extends RealDate {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(RealDate.now() + skew)
    else super(...(args as [number]))
  }

  static override now(): number {
    return RealDate.now() + skew
  }
} as DateConstructor
