import type { Route } from '../route.ts'
import { enqueueRoutes } from './enqueue.ts'
import { eventRoutes } from './events.ts'
import { jobRoutes } from './job.ts'
import { jobsRoutes } from './jobs.ts'
import { logRoutes } from './logs.ts'
import { meRoutes } from './me.ts'
import { nowRoutes } from './now.ts'
import { operationRoutes } from './operations.ts'
import { peopleRoutes } from './people.ts'
import { queueRoutes } from './queues.ts'
import { scheduleRoutes } from './schedules.ts'
import { sessionRoutes } from './sessions.ts'
import { settingsRoutes } from './settings.ts'

/** The whole API. A path with fixed words stands before one with a part that varies. */
export const ROUTES: readonly Route[] = [
  ...meRoutes,
  ...nowRoutes,
  ...jobsRoutes,
  // Before `/jobs/:id/…`, as `/jobs/clear` has the form of it.
  ...operationRoutes,
  ...enqueueRoutes,
  ...jobRoutes,
  ...queueRoutes,
  ...scheduleRoutes,
  ...logRoutes,
  ...peopleRoutes,
  ...sessionRoutes,
  ...settingsRoutes,
  ...eventRoutes,
]
