import { QueryCache, QueryClient } from '@tanstack/react-query'
import type { Changed } from '../live/live.ts'
import { ApiFailure } from './client.ts'

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: ApiFailure
    queryMeta: { topics?: readonly string[] }
  }
}

export const cache = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, { queryKey }) => {
      // Who one is was the question, so asking it again would change nothing.
      if (error instanceof ApiFailure && error.httpStatus === 401 && queryKey[0] !== 'me') signedOut()
    },
  }),
  defaultOptions: {
    queries: {
      // The stream says when to look again, and each page offers to try again: no guessing by the library.
      retry: false,
      staleTime: 2000,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})

/** Looks again at whatever is shown of these topics. */
export function refresh(changed: Changed): void {
  void cache.invalidateQueries({
    predicate: ({ meta }) => changed === 'everything' || (meta?.topics ?? []).some((topic) => changed.includes(topic)),
  })
}

/** Nobody is signed in any more: who it was is asked again, and the answer leads to the sign-in. */
export function signedOut(): void {
  void cache.resetQueries({ queryKey: ['me'] })
}
