import { useQuery } from '@tanstack/react-query'
import { ROLES } from '../../../store/access.ts'
import type { UserRow } from '../../api.ts'
import { useMe, useRefusal } from '../access.ts'
import { usersQuery } from '../api/queries.ts'
import { useCommand } from '../api/use-command.ts'
import { Card } from '../components/card.tsx'
import { Select } from '../components/fields.tsx'
import { Menu } from '../components/menu.tsx'
import { Empty, Failure, SkeletonRows } from '../components/placeholders.tsx'
import { Badge } from '../components/status.tsx'
import { Cell, Head, Row, Table } from '../components/table.tsx'
import { Ago } from '../components/time.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { visibleText } from '../format/hidden.ts'
import { openDialog } from '../shell/opened-dialog.ts'

const COLUMNS = [
  { key: 'name', name: 'Name' },
  { key: 'role', name: 'Role' },
  { key: 'state', name: 'State', className: 'hidden md:table-cell' },
  { key: 'created', name: 'Since', className: 'hidden md:table-cell' },
  { key: 'act', name: <span className="sr-only">Actions</span> },
]

/** Who may sign in, and as what. */
export function Users() {
  const refused = useRefusal()('users.read')
  const { data, error, refetch, isFetching } = useQuery({ ...usersQuery, enabled: refused === undefined })
  if (refused !== undefined) {
    return (
      <Card title="Users">
        <Empty icon="lock" title="Users are not shown to everybody">
          {refused}
        </Empty>
      </Card>
    )
  }
  return (
    <Card title="Users">
      {error && (
        <div className="p-4">
          <Failure what="The users could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
        </div>
      )}
      {data ? (
        <Table label="Users">
          <Head columns={COLUMNS} />
          <tbody>
            {data.users.map((user) => (
              <UserLine key={user.id} user={user} />
            ))}
          </tbody>
        </Table>
      ) : (
        !error && <SkeletonRows rows={3} />
      )}
    </Card>
  )
}

function UserLine({ user }: { user: UserRow }) {
  const { id, name, email, role, permissions, createdAt, disabledAt, hasPassword } = user
  const me = useMe()
  const reason = useRefusal()('users.manage')
  const { run, tried } = useCommand(['access'])
  const path = `users/${encodeURIComponent(id)}`
  return (
    <Row>
      <Cell className="w-full max-w-0 min-w-40">
        <p className="truncate font-medium">
          <Untrusted>{name}</Untrusted> {me?.id === id && <span className="font-normal text-muted">(you)</span>}
        </p>
        <p className="truncate text-xs text-muted">
          <Untrusted>{email}</Untrusted>
        </p>
      </Cell>
      <Cell>
        {reason === undefined ? (
          <Select
            aria-label={`Role of ${visibleText(name)}`}
            small
            value={role}
            onChange={(next) => run('PATCH', path, `${name} is ${next} now.`, { role: next })}
            choices={ROLES.map((each) => ({ value: each, name: each }))}
          />
        ) : (
          role
        )}
        {permissions && <span className="block text-xs text-muted">with permissions of their own</span>}
      </Cell>
      <Cell className="hidden md:table-cell">
        {disabledAt !== null ? (
          <Badge tone="off" icon="cancelled">
            disabled
          </Badge>
        ) : (
          <Badge tone={hasPassword ? 'good' : 'wait'} icon={hasPassword ? 'ok' : 'pending'}>
            {hasPassword ? 'can sign in' : 'by link only'}
          </Badge>
        )}
      </Cell>
      <Cell className="hidden text-muted md:table-cell">
        <Ago at={createdAt} />
      </Cell>
      <Cell right>
        <Menu
          label={`Actions for ${name}`}
          entries={[
            {
              name: 'Link to sign in…',
              icon: 'link',
              reason: reason ?? (disabledAt === null ? undefined : 'Whoever is disabled cannot sign in.'),
              onSelect: () => openDialog({ kind: 'link', id, name }),
            },
            {
              name: 'Permissions…',
              icon: 'lock',
              reason,
              onSelect: () => openDialog({ kind: 'permissions', user }),
            },
            {
              name: disabledAt === null ? 'Disable' : 'Enable',
              icon: disabledAt === null ? 'cancelled' : 'ok',
              reason,
              onSelect: () =>
                run(
                  'PATCH',
                  path,
                  disabledAt === null ? `${name} can no longer sign in.` : `${name} can sign in again.`,
                  {
                    disabled: disabledAt === null,
                  },
                ),
            },
            {
              name: 'Remove',
              icon: 'delete',
              danger: true,
              reason,
              onSelect: () =>
                openDialog({
                  kind: 'confirm',
                  title: `Remove ${name}?`,
                  text: `${email} is signed out everywhere, and all tokens of this user end. What they did stays in the audit log.`,
                  button: 'Remove',
                  danger: true,
                  onConfirm: () => tried('DELETE', path, `${name} is removed.`),
                }),
            },
          ]}
        />
      </Cell>
    </Row>
  )
}
