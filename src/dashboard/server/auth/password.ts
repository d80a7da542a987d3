import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { LONGEST_PASSWORD } from './password-rules.ts'

/** 2^ln rounds over blocks of r × 128 bytes, p times: 128 MiB and about a third of a second with the default. */
export interface Cost {
  ln: number
  r: number
  p: number
}

/** What OWASP's password storage sheet asks of scrypt. */
export const DEFAULT_COST: Cost = { ln: 17, r: 8, p: 1 }

/** More than this no stored text may ask for. */
const HIGHEST: Cost = { ln: 18, r: 16, p: 16 }
const SALT_BYTES = 16
const KEY_BYTES = 32

export interface Verdict {
  right: boolean
  /** It is right, but was hashed at a lower cost than is usual now: hash it again while it is known. */
  outdated: boolean
}

/** Hashes passwords, and compares them with what is stored of them: text that names its own cost. */
export class Passwords {
  readonly #cost: Cost

  constructor(cost: Cost = DEFAULT_COST) {
    this.#cost = cost
  }

  /** True when so many hashings wait that another would take long: refuse instead. */
  get busy(): boolean {
    return waiting.length >= MOST_WAITING
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    const { ln, r, p } = this.#cost
    const key = await derive(password, salt, this.#cost)
    return `scrypt$ln=${ln},r=${r},p=${p}$${salt.toString('base64')}$${key.toString('base64')}`
  }

  /**
   * Compares in a time that does not tell how much was right. Without anything stored it hashes all the same and says
   * no, so that the time does not tell whether there is such a user either.
   */
  async verify(password: string, stored: string | null): Promise<Verdict> {
    const wanted = stored === null ? undefined : parse(stored)
    if (password.length > LONGEST_PASSWORD * 2) return { right: false, outdated: false }
    const { salt, key, cost } = wanted ?? {
      salt: randomBytes(SALT_BYTES),
      key: randomBytes(KEY_BYTES),
      cost: this.#cost,
    }
    const right = timingSafeEqual(await derive(password, salt, cost), key) && wanted !== undefined
    return { right, outdated: right && work(cost) < work(this.#cost) }
  }
}

function work({ ln, r, p }: Cost): number {
  return 2 ** ln * r * p
}

function parse(stored: string): { salt: Buffer; key: Buffer; cost: Cost } | undefined {
  const [, ln, r, p, salt = '', hash = ''] =
    /^scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/=]+)\$([\w+/=]+)$/.exec(stored) ?? []
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) }
  const key = Buffer.from(hash, 'base64')
  const fits = cost.ln >= 1 && cost.ln <= HIGHEST.ln && cost.r >= 1 && cost.r <= HIGHEST.r
  if (!fits || cost.p < 1 || cost.p > HIGHEST.p || key.length !== KEY_BYTES) return undefined
  return { salt: Buffer.from(salt, 'base64'), key, cost }
}

/** One and the same text may come in several encodings, depending on the keyboard. */
async function derive(password: string, salt: Buffer, { ln, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** ln
  const options: ScryptOptions = { N, r, p, maxmem: 256 * r * (N + p) }
  await turn()
  try {
    return await new Promise((resolve, reject) => {
      scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) => {
        if (error === null) resolve(key)
        else reject(error)
      })
    })
  } finally {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
}

/**
 * How many hashings this process does at a time, whoever asks: each takes 128 MiB and one of the four threads that
 * Node.js has for files and names too.
 */
const MOST_RUNNING = 2
/** About five seconds' worth of waiting. */
const MOST_WAITING = 24

let running = 0
const waiting: (() => void)[] = []

async function turn(): Promise<void> {
  if (running < MOST_RUNNING) running += 1
  // Whoever ends hands its turn on: nobody comes in between.
  else await new Promise<void>((resolve) => waiting.push(resolve))
}
