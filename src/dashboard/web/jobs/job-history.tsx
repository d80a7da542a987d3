import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useRefusal } from '../access.ts'
import { activityQuery } from '../api/queries.ts'
import { Card } from '../components/card.tsx'
import { Badge } from '../components/status.tsx'
import { Ago } from '../components/time.tsx'
import { UntrustedLine } from '../components/untrusted.tsx'

const SHOWN = 8

/** What people did to a job, the latest first; nothing where nobody did, or where one may not see it. */
export function JobHistory({ id }: { id: string }) {
  const enabled = useRefusal()('audit.read') === undefined
  const { data } = useInfiniteQuery({ ...activityQuery({ actor: '', action: '', target: id }), enabled })
  const entries = data?.pages[0]?.entries ?? []
  if (entries.length === 0) return null
  return (
    <Card
      title="What was done to it"
      aside={
        <Link href={`/activity?target=${id}`} className="text-xs font-medium text-accent hover:underline">
          All of it
        </Link>
      }
    >
      <ul className="divide-y divide-line">
        {entries.slice(0, SHOWN).map(({ seq, at, actorName, action, result }) => (
          <li key={seq} className="flex flex-wrap items-center gap-x-2 px-4 py-1.5 text-sm">
            <span className="font-medium">
              <UntrustedLine text={actorName} />
            </span>
            <span className="font-mono text-xs">
              <UntrustedLine text={action} />
            </span>
            {result !== 'ok' && (
              <Badge tone="bad" icon="failed">
                <UntrustedLine text={result} />
              </Badge>
            )}
            <span className="ml-auto text-xs text-muted">
              <Ago at={at} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
