import { lazy } from 'react'
import type { IconName } from '../components/icons.tsx'

export interface Place {
  path: string
  name: string
  icon: IconName
  /** After `g`. */
  key: string
  needs?: 'logs' | 'users'
}

/** What stands in the sidebar, in its order. */
export const PLACES: readonly Place[] = [
  { path: '/', name: 'Now', icon: 'now', key: 'n' },
  { path: '/causes', name: 'Causes', icon: 'causes', key: 'c' },
  { path: '/jobs', name: 'Jobs', icon: 'jobs', key: 'j' },
  { path: '/queues', name: 'Queues', icon: 'queues', key: 'q' },
  { path: '/workers', name: 'Workers', icon: 'workers', key: 'w' },
  { path: '/handlers', name: 'Handlers', icon: 'handlers', key: 'h' },
  { path: '/logs', name: 'Logs', icon: 'logs', key: 'l', needs: 'logs' },
  { path: '/activity', name: 'Activity', icon: 'activity', key: 'a' },
  { path: '/settings', name: 'Settings', icon: 'settings', key: 's' },
]

/** Each page is a file of its own, loaded when it is opened. */
export const PAGES = [
  { path: '/', page: lazy(() => import('./now.tsx')) },
  { path: '/causes', page: lazy(() => import('./causes.tsx')) },
  { path: '/causes/:fingerprint', page: lazy(() => import('./cause.tsx')) },
  { path: '/jobs', page: lazy(() => import('./jobs.tsx')) },
  { path: '/jobs/:id', page: lazy(() => import('./job.tsx')) },
  { path: '/queues', page: lazy(() => import('./queues.tsx')) },
  { path: '/workers', page: lazy(() => import('./workers.tsx')) },
  { path: '/handlers', page: lazy(() => import('./handlers.tsx')) },
  { path: '/logs', page: lazy(() => import('./logs.tsx')) },
  { path: '/activity', page: lazy(() => import('./activity.tsx')) },
  { path: '/settings', page: lazy(() => import('./settings.tsx')) },
] as const

export const SignIn = lazy(() => import('./sign-in.tsx'))
export const Register = lazy(() => import('./register.tsx'))
