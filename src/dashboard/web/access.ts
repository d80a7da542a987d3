import { useQuery } from '@tanstack/react-query'
import type { Me } from '../api.ts'
import { PERMISSIONS, type Permission } from '../server/auth/permissions.ts'
import { meQuery } from './api/queries.ts'

/** Why this person may not do that now, in a sentence; undefined when they may. The server decides again. */
export function refusal(me: Me, permission: Permission): string | undefined {
  if (me.permissions.includes(permission)) return undefined
  const { changes, text } = PERMISSIONS[permission]
  if (changes && me.readOnly) return 'The dashboard is read-only now: nobody can change anything here.'
  const who = me.role === null ? 'You may not' : `Your role, ${me.role}, may not`
  return `${who} ${text}. Ask an admin for the permission ${permission}.`
}

/** {@link refusal} of whoever is signed in. */
export function useRefusal(): (permission: Permission) => string | undefined {
  const { data: me } = useQuery(meQuery)
  return (permission) => (me ? refusal(me, permission) : 'Still asking who you are.')
}

export function useMe(): Me | undefined {
  return useQuery(meQuery).data
}
