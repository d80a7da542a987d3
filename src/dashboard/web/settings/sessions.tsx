import { useQuery } from '@tanstack/react-query'
import { sessionsQuery } from '../api/queries.ts'
import { useCommand } from '../api/use-command.ts'
import { Button } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { Failure, SkeletonRows } from '../components/placeholders.tsx'
import { Badge } from '../components/status.tsx'
import { Cell, Head, Row, Table } from '../components/table.tsx'
import { Ago } from '../components/time.tsx'
import { Untrusted, UntrustedLine } from '../components/untrusted.tsx'

const COLUMNS = [
  { key: 'user', name: 'Who' },
  { key: 'agent', name: 'Browser', className: 'hidden md:table-cell' },
  { key: 'address', name: 'From', className: 'hidden sm:table-cell' },
  { key: 'seen', name: 'Last seen' },
  { key: 'act', name: <span className="sr-only">Actions</span> },
]

/** Where somebody is signed in; each can be ended. */
export function Sessions() {
  const { data, error, refetch, isFetching } = useQuery(sessionsQuery)
  const { run } = useCommand(['access'])
  return (
    <Card title="Sessions">
      {error && (
        <div className="p-4">
          <Failure what="The sessions could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
        </div>
      )}
      {data ? (
        <Table label="Sessions">
          <Head columns={COLUMNS} />
          <tbody>
            {data.sessions.map((session) => (
              <Row key={session.id}>
                <Cell className="w-full">
                  <span className="font-medium">
                    <Untrusted>{session.userName}</Untrusted>
                  </span>{' '}
                  {session.current && <Badge tone="good">this one</Badge>}
                </Cell>
                <Cell className="hidden max-w-96 truncate text-xs text-muted md:table-cell">
                  <UntrustedLine text={session.agent} most={120} />
                </Cell>
                <Cell className="hidden font-mono text-xs text-muted sm:table-cell">
                  <UntrustedLine text={session.address} />
                </Cell>
                <Cell className="text-muted">
                  <Ago at={session.seenAt} />
                </Cell>
                <Cell right>
                  {!session.current && (
                    <Button
                      size="small"
                      onClick={() => run('DELETE', `sessions/${session.id}`, 'The session has ended.')}
                    >
                      End
                    </Button>
                  )}
                </Cell>
              </Row>
            ))}
          </tbody>
        </Table>
      ) : (
        !error && <SkeletonRows rows={2} />
      )}
    </Card>
  )
}
