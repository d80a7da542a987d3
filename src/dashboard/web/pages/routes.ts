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
  { path: '/schedules', name: 'Schedules', icon: 'schedules', key: 'd' },
  { path: '/workers', name: 'Workers', icon: 'workers', key: 'w' },
  { path: '/handlers', name: 'Handlers', icon: 'handlers', key: 'h' },
  { path: '/logs', name: 'Logs', icon: 'logs', key: 'l', needs: 'logs' },
  { path: '/activity', name: 'Activity', icon: 'activity', key: 'a' },
  { path: '/settings', name: 'Settings', icon: 'settings', key: 's' },
]

const LOADERS = {
  '/': () => import('./now.tsx'),
  '/causes': () => import('./causes.tsx'),
  '/causes/:fingerprint': () => import('./cause.tsx'),
  '/jobs': () => import('./jobs.tsx'),
  '/jobs/:id': () => import('./job.tsx'),
  '/queues': () => import('./queues.tsx'),
  '/schedules': () => import('./schedules.tsx'),
  '/workers': () => import('./workers.tsx'),
  '/handlers': () => import('./handlers.tsx'),
  '/logs': () => import('./logs.tsx'),
  '/activity': () => import('./activity.tsx'),
  '/settings': () => import('./settings.tsx'),
}

/** Each page is a file of its own, loaded when it is opened. */
export const PAGES = Object.entries(LOADERS).map(([path, load]) => ({ path, page: lazy(load) }))

export const SignIn = lazy(() => import('./sign-in.tsx'))
export const Register = lazy(() => import('./register.tsx'))

export const pageLoaders: readonly (() => Promise<unknown>)[] = Object.values(LOADERS)
