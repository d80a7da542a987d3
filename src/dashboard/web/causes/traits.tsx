import type { Trait } from '../../api.ts'
import { Card } from '../components/card.tsx'
import { Untrusted, UntrustedLine } from '../components/untrusted.tsx'
import { visibleText } from '../format/hidden.ts'
import { shareText } from '../format/number.ts'

/** What the failures share that successes of the same handlers do not. */
export function Traits({ traits }: { traits: readonly Trait[] }) {
  return (
    <Card title="What the failures share">
      {traits.length === 0 ? (
        <p className="px-4 py-4 text-sm text-muted">
          Nothing that successes of the same handlers do not have too: look at the code and what it calls.
        </p>
      ) : (
        <table className="w-full text-sm">
          <thead>
            <tr className="border-b border-line text-left text-xs text-muted">
              <th scope="col" className="py-2 pl-4 font-medium">
                Value
              </th>
              <th scope="col" className="px-3 py-2 text-right font-medium">
                Failures
              </th>
              <th scope="col" className="py-2 pr-4 text-right font-medium">
                Successes
              </th>
            </tr>
          </thead>
          <tbody>
            {traits.map(({ field, value, failed, succeeded }) => (
              <tr key={`${field}:${value}`} className="border-b border-line last:border-0">
                <td className="max-w-0 py-2 pl-4">
                  <p className="truncate" title={visibleText(`${field} = ${value}`)}>
                    <span className="font-mono text-xs text-muted">
                      <Untrusted>{field}</Untrusted> =
                    </span>{' '}
                    <span className="font-mono text-xs font-semibold">
                      <UntrustedLine text={value} most={120} />
                    </span>
                  </p>
                </td>
                <td className="w-28 px-3 py-2 text-right">
                  <Share share={failed} tone="bad" />
                </td>
                <td className="w-28 py-2 pr-4 text-right">
                  <Share share={succeeded} tone="good" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  )
}

function Share({ share, tone }: { share: number; tone: 'bad' | 'good' }) {
  return (
    <>
      {shareText(share)}
      <progress className={`meter mt-1 ${tone}`} max={1} value={share} aria-hidden="true" />
    </>
  )
}
