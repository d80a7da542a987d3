import type { Enqueued } from '../../../core/job.ts'
import { checkPauseReason, given } from '../../../core/options.ts'
import { isName, scheduleMissing } from '../reads/schedules.ts'
import type { Call, Reply, Route } from '../route.ts'
import { listOf, object, oneOf, ref, string, text } from '../schemas/schema.ts'
import { pauseBody } from './schemas.ts'

const named = object<{ name: unknown }>({ name: text(100) })

export const scheduleRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/schedules',
    access: 'jobs.read',
    summary: 'Every schedule: when next, what became of its last job, and what keeps it from its slots',
    answer: object<{ schedules: unknown }>({ schedules: listOf(ref('ScheduleRow')) }),
    handle: async ({ core }) => ({ bytes: await core.queries.json('schedules', {}) }),
  },
  {
    method: 'GET',
    path: '/schedules/:name',
    access: 'jobs.read',
    summary: 'One schedule: what it enqueues, its next five slots, its latest jobs',
    answer: ref('ScheduleView'),
    handle: async ({ core, params }) => ({
      bytes: await core.queries.json('schedule', { name: params.name as string }),
    }),
  },
  {
    method: 'POST',
    path: '/schedules/:name/run',
    access: 'schedules.manage',
    summary: 'Enqueues one more job of a schedule now, also while it is paused',
    answer: object<Enqueued>({ id: string, status: oneOf('created', 'duplicate') }),
    status: 201,
    handle: async (call) => {
      const detail: Record<string, unknown> = {}
      return await act(call, 'run', detail, async (name) => {
        const enqueued = await call.core.schedules.run(name)
        detail.id = enqueued.id
        return { status: 201, json: enqueued }
      })
    },
  },
  {
    method: 'POST',
    path: '/schedules/:name/pause',
    access: 'schedules.manage',
    summary: 'Lets no slot of a schedule come to anything',
    ...pauseBody('Shown with the schedule while it is paused.'),
    answer: named,
    handle: async (call) => {
      const reason = given((call.body as { reason?: string } | undefined)?.reason, checkPauseReason)
      const detail = reason === undefined ? undefined : { reason }
      return await act(call, 'pause', detail, async (name) => {
        await call.core.schedules.pause(name, detail ?? {})
        return { json: { name } }
      })
    },
  },
  {
    method: 'POST',
    path: '/schedules/:name/resume',
    access: 'schedules.manage',
    summary: 'Goes on with a schedule, from its next slot on',
    answer: named,
    handle: async (call) =>
      await act(call, 'resume', undefined, async (name) => {
        await call.core.schedules.resume(name)
        return { json: { name } }
      }),
  },
  {
    method: 'DELETE',
    path: '/schedules/:name',
    access: 'schedules.manage',
    summary: 'Removes a schedule that is not in the config; its jobs stay',
    answer: named,
    handle: async (call) =>
      await act(call, 'remove', undefined, async (name) => {
        await call.core.schedules.remove(name)
        return { json: { name } }
      }),
  },
]

async function act(
  { core, params, identity, visit }: Call,
  verb: string,
  detail: Record<string, unknown> | undefined,
  work: (name: string) => Promise<Reply>,
): Promise<Reply> {
  const name = params.name as string
  const record = { actor: identity, action: `schedules.${verb}`, target: name, detail, address: visit.address }
  return await core.auth.audit.during(record, async () => {
    if (!isName(name)) throw scheduleMissing(name)
    return await work(name)
  })
}
