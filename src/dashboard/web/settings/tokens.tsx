import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useRefusal } from '../access.ts'
import { refresh } from '../api/cache.ts'
import { send } from '../api/client.ts'
import { tokensQuery } from '../api/queries.ts'
import { useCommand } from '../api/use-command.ts'
import { Button } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { SelectField, TextField } from '../components/fields.tsx'
import { Empty, Failure, SkeletonRows } from '../components/placeholders.tsx'
import { Cell, Head, Row, Table } from '../components/table.tsx'
import { Ago } from '../components/time.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { openDialog } from '../shell/opened-dialog.ts'
import { PermissionChecks } from './permission-checks.tsx'
import { ShownOnce } from './shown-once.tsx'

const COLUMNS = [
  { key: 'name', name: 'Token' },
  { key: 'scopes', name: 'May', className: 'hidden md:table-cell' },
  { key: 'seen', name: 'Last used', className: 'hidden sm:table-cell' },
  { key: 'ends', name: 'Ends' },
  { key: 'act', name: <span className="sr-only">Actions</span> },
]

/** Tokens for programs: each may do what it was made for, and never more than its user. */
export function Tokens() {
  const { data, error, refetch, isFetching } = useQuery(tokensQuery)
  const { tried } = useCommand(['access'])
  return (
    <>
      <NewToken />
      <Card title="API tokens">
        {error && (
          <div className="p-4">
            <Failure what="The tokens could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
          </div>
        )}
        {data && data.tokens.length === 0 ? (
          <Empty
            icon="lock"
            title="No token yet"
            command={'curl -H "Authorization: Bearer <token>" <address>/api/jobs'}
          >
            A token lets a program use the API. Make one above.
          </Empty>
        ) : data ? (
          <Table label="API tokens">
            <Head columns={COLUMNS} />
            <tbody>
              {data.tokens.map((token) => (
                <Row key={token.id}>
                  <Cell className="w-full max-w-0 min-w-36">
                    <p className="truncate font-medium">
                      <Untrusted>{token.name}</Untrusted>
                    </p>
                    <p className="truncate text-xs text-muted">
                      <Untrusted>{token.userName}</Untrusted>
                    </p>
                  </Cell>
                  <Cell className="hidden max-w-80 text-xs text-muted md:table-cell">{token.scopes.join(', ')}</Cell>
                  <Cell className="hidden text-muted sm:table-cell">
                    {token.seenAt === null ? 'never' : <Ago at={token.seenAt} />}
                  </Cell>
                  <Cell className="text-muted">
                    {token.expiresAt === null ? 'never' : <Ago at={token.expiresAt} />}
                  </Cell>
                  <Cell right>
                    <Button
                      size="small"
                      onClick={() =>
                        openDialog({
                          kind: 'confirm',
                          title: `Revoke ${token.name}?`,
                          text: 'Whatever uses this token is refused from now on.',
                          button: 'Revoke',
                          danger: true,
                          onConfirm: () => tried('DELETE', `tokens/${token.id}`, `The token ${token.name} is revoked.`),
                        })
                      }
                    >
                      Revoke
                    </Button>
                  </Cell>
                </Row>
              ))}
            </tbody>
          </Table>
        ) : (
          !error && <SkeletonRows rows={2} />
        )}
      </Card>
    </>
  )
}

function NewToken() {
  const reason = useRefusal()('tokens.manage')
  const [name, setName] = useState('')
  const [days, setDays] = useState('90')
  const [scopes, setScopes] = useState<readonly string[]>(['jobs.read'])
  const make = useMutation({
    mutationFn: () =>
      send<{ token: string }>('POST', 'tokens', { name, scopes, expiresInDays: days === '' ? null : Number(days) }),
    onSuccess: () => {
      setName('')
      refresh(['access'])
    },
  })
  const missing =
    name.trim() === '' ? 'Give the token a name.' : scopes.length === 0 ? 'Choose what it may do.' : undefined
  return (
    <Card title="New token">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!reason && !missing) make.mutate()
        }}
      >
        <div className="grid gap-4 p-4 sm:grid-cols-2">
          <TextField
            label="Name"
            value={name}
            onChange={setName}
            placeholder="what it is for"
            error={make.error?.body.field === 'name' ? make.error.message : undefined}
          />
          <SelectField
            label="Ends"
            value={days}
            onChange={setDays}
            choices={[
              { value: '7', name: 'in 7 days' },
              { value: '30', name: 'in 30 days' },
              { value: '90', name: 'in 90 days' },
              { value: '365', name: 'in a year' },
              { value: '', name: 'never' },
            ]}
          />
          <div className="sm:col-span-2">
            <PermissionChecks legend="It may" chosen={scopes} onChange={setScopes} />
          </div>
        </div>
        <div className="flex justify-end border-t border-line px-4 py-3">
          <Button look="primary" type="submit" reason={reason ?? missing} busy={make.isPending}>
            Make the token
          </Button>
        </div>
      </form>
      {make.error && make.error.body.field !== 'name' && (
        <div className="px-4 pb-4">
          <Failure what="No token was made" error={make.error} onRetry={() => make.mutate()} />
        </div>
      )}
      {make.data && <ShownOnce name="The token" value={make.data.token} />}
    </Card>
  )
}
