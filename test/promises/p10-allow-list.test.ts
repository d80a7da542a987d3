import { existsSync, writeFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { newId } from '../../src/core/id.ts'
import { openStore } from '../../src/stores/open.ts'
import { makeApp } from '../support/app.ts'
import { InlineJobs } from '../support/promise-jobs.ts'

vi.setConfig({ testTimeout: 120_000 })

test('rows written into the database by hand run nothing that is not allowed, and say why', async () => {
  await using app = makeApp({ jobs: ['inline', 'process', 'thread'], config: { defaults: { retries: 3 } } })
  const marker = app.file('marker')
  const evil = app.file('evil.mjs')
  writeFileSync(evil, `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(marker)}, 'ran')\n`)
  const names: [string, string][] = [
    ['Unknown', 'process'],
    ['inlinejobs', 'note'],
    // Public methods of an allowed class that are not on the list themselves, and what every object has.
    ['InlineJobs', 'secret'],
    ['InlineJobs', 'constructor'],
    ['InlineJobs', 'toString'],
    ['InlineJobs', '__proto__'],
    ['InlineJobs', '#kill'],
    ['InlineJobs', ''],
    ['__proto__', 'constructor'],
    ['constructor', 'constructor'],
    ['Object', 'assign'],
    ['Function', 'constructor'],
    ['globalThis', 'eval'],
    ['process', 'exit'],
    // Paths and modules.
    [evil, 'default'],
    [`file://${evil}`, 'default'],
    ['./evil.mjs', 'default'],
    ['../../../../../../etc/passwd', 'read'],
    [`data:text/javascript,import('${evil}')`, 'default'],
    ['node:child_process', 'execSync'],
    // Shell.
    [`InlineJobs; touch ${marker}`, 'note'],
    [`$(touch ${marker})`, 'note'],
    [`\`touch ${marker}\``, `| touch ${marker}`],
    // SQL.
    [`x'; drop table offstage_job; --`, `'); delete from offstage_job; --`],
    [`" or 1=1 --`, 'note'],
    // Text that would break a line of a log, or a terminal.
    ['Two\nlines\r\u001b[2J', 'note\0'],
  ]
  const rows = names.map(([className, method]) => ({ id: newId(), class: className, method }))
  const store = await openStore(app.database)
  await store.migrate()
  const schema = app.sqlite((raw) => raw.prepare('select name, sql from sqlite_schema order by name').all())
  await store.enqueue(
    rows.map((row) => ({
      ...row,
      args: JSON.stringify([marker]),
      queue: 'default',
      priority: 0,
      due: { inMs: 0 },
      maxAttempts: 4,
    })),
  )
  // One that was allowed when it was stored, and is not any more.
  const once = await app.offstage.runBackgroundJob(InlineJobs, 'take', [marker, 0])
  app.sqlite((raw) => raw.prepare(`update offstage_handler set method = 'formerly' where method = 'take'`).run())
  const good = await app.offstage.runBackgroundJob(InlineJobs, 'note', ['good'], { priority: -10 })

  const { code, stderr } = await app.command(['work', '--drain']).ended
  expect({ code, stderr: stderr.match(/Error|warning/g) }).toEqual({ code: 0, stderr: null })
  for (const { id, class: className, method } of [...rows, { ...once, class: 'InlineJobs', method: 'formerly' }]) {
    const job = await store.get(id)
    expect(job, `${className}.${method}`).toMatchObject({
      status: 'failed',
      reason: 'not allowed',
      // No attempt, no retry: its code has not even begun.
      attempt: 0,
      attempts: [],
      startedAt: null,
    })
    expect(job?.error?.code).toBe('HANDLER_UNKNOWN')
    for (const control of '\n\r\u001b\0') expect(job?.error?.message).not.toContain(control)
  }
  expect(existsSync(marker)).toBe(false)
  expect(app.sqlite((raw) => raw.prepare('select name, sql from sqlite_schema order by name').all())).toEqual(schema)
  expect(await store.count({})).toBe(names.length + 2)
  expect((await store.get(good.id))?.status).toBe('completed')
  expect(app.notes('good')).toHaveLength(1)
  await store.close()
})

test('an enqueue of what is not allowed is refused with the nearest name, and stores nothing', async () => {
  await using app = makeApp()
  const run = app.offstage.runBackgroundJob as unknown as (target: unknown, method: string) => Promise<unknown>
  for (const [target, method, message] of [
    ['InlineJob', 'note', /did you mean InlineJobs\?/],
    ['InlineJobs', 'notes', /did you mean note\?/],
    ['../evil.mjs', 'default', /\.\.\/evil\.mjs/],
    ['InlineJobs', 'secret', /secret/],
    [class InlineJobs {}, 'note', /InlineJobs/],
    ["x'; drop table offstage_job; --", 'note', /drop table/],
  ] as const) {
    const refused = await run(target, method).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'HANDLER_UNKNOWN', message: expect.stringMatching(message) })
    expect((refused as Error).message).not.toContain('\n')
  }
  expect(await app.offstage.jobs.count()).toBe(0)
})
