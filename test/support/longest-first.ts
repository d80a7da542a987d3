import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * What takes more than half a minute, the longest first. It begins first, since a run is as long as what began last:
 * without the times of an earlier run, as on a fresh clone, Vitest begins with the largest files.
 */
const LONG = [
  'promises/p11-fleet',
  'dashboard/browser/pages',
  'promises/p11-outage',
  'promises/p11-mariadb',
  'promises/servers',
  'move/kill',
  'promises/p7-transaction',
  'stores/mysql/conformance',
  'stores/postgres/conformance',
  'secrets/leak',
  'dashboard/browser/incident',
  'dashboard/mount-next',
  'tx/mysql',
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONG.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
      return at === -1 ? LONG.length : at
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}
