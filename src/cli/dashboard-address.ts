import { OffstageError } from '../core/errors.ts'

const HOST = '127.0.0.1'
const PORT = '8787'

/** Where `offstage start` and `offstage dashboard` listen, by the environment. */
export function listenAddress(env: NodeJS.ProcessEnv = process.env): { host: string; port: string } {
  return { host: env.OFFSTAGE_HOST || HOST, port: env.OFFSTAGE_PORT || PORT }
}

/**
 * Where a browser finds the dashboard: as was said with `--url`, else where it listens on this machine.
 * @throws OffstageError OPTION_INVALID for what is no address of a page.
 */
export function dashboardAddress(url: string | undefined): string {
  if (url === undefined) {
    const { host, port } = listenAddress()
    // What means every address of this machine is none to go to.
    const reached = /^(0\.0\.0\.0|::|\[::\])$/.test(host) ? HOST : host
    return `http://${reached.includes(':') && !reached.startsWith('[') ? `[${reached}]` : reached}:${port}`
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.hash !== '' || parsed.search !== '') {
    throw new OffstageError(
      'OPTION_INVALID',
      `--url is ${JSON.stringify(url)}: write where the dashboard is, as in https://jobs.example.org/admin`,
    )
  }
  return parsed.href
}
