import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { checkNode } from '../../src/cli/commands/doctor.ts'
import { checkDrive, checkRoom } from '../../src/cli/doctor/place.ts'
import { Project } from './project.ts'

vi.setConfig({ testTimeout: 60_000 })

let project: Project
beforeEach(() => {
  project = new Project()
})
afterEach(() => project.remove())

interface Finding {
  check: string
  level: string
  message: string
  remedy?: string
}

async function examine(
  env: Record<string, string> = {},
): Promise<{ code: number | null; of: (check: string) => Finding[] }> {
  const { code, stdout, stderr } = await project.start(['doctor', '--json'], env).ended
  expect(stderr).toBe('')
  const { healthy, findings } = JSON.parse(stdout) as { healthy: boolean; findings: Finding[] }
  expect(healthy).toBe(code === 0)
  for (const finding of findings) {
    expect(finding.message).not.toContain('\n')
    // What is wrong comes with what to do: apart, or as errors say it, behind a colon.
    if (finding.level !== 'ok') expect(finding.remedy ?? finding.message).toMatch(/^[^\n]+$/)
  }
  return { code, of: (check) => findings.filter((finding) => finding.check === check) }
}

describe('doctor', () => {
  test('of a fresh project: healthy, and it creates nothing', async () => {
    const { code, of } = await examine()
    expect(code).toBe(0)
    expect(of('database')).toMatchObject([{ level: 'ok', message: expect.stringContaining('is not there yet') }])
    expect(existsSync(project.path('jobs.db'))).toBe(false)
    expect(existsSync(project.path('logs'))).toBe(false)
  })

  test('with a worker at work: every check is ok, one line each', async () => {
    const worker = project.start(['work'])
    await worker.said('started')
    const { code, stdout } = await project.run('doctor')
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.at(-1)).toBe('healthy')
    const checks = lines.slice(0, -2).map((line) => line.split(/\s+/).slice(0, 2).join(' '))
    for (const check of [
      'node',
      'config',
      'logs',
      'database',
      'journal',
      'synchronous',
      'schema',
      'drive',
      'disk',
      'workers',
      'allow-list',
    ]) {
      expect(checks).toContain(`ok ${check}`)
    }
    expect(stdout).toContain('1 at work')
    worker.child.kill('SIGTERM')
    await worker.ended
  })

  test('says in full what a power cut may take, and what not', async () => {
    await project.enqueue('SampleJob', 'process')
    const [normal] = (await examine()).of('synchronous')
    expect(normal?.message).toContain('a power cut may take the last moments')
    const [full] = (await examine({ OFFSTAGE_DATABASE: 'sqlite:jobs.db?synchronous=full' })).of('synchronous')
    expect(full?.message).toContain('survives a power cut')
  })

  test('no worker: a warning, and unhealthy once due jobs wait for more than a minute', async () => {
    await project.enqueue('SampleJob', 'process')
    const soon = await examine()
    expect(soon.code).toBe(0)
    expect(soon.of('workers')).toMatchObject([{ level: 'warning', remedy: expect.stringContaining('offstage start') }])
    change('update offstage_ready set run_at = run_at - 120000')
    const late = await examine()
    expect(late.code).toBe(3)
    expect(late.of('workers')).toMatchObject([{ level: 'unhealthy', message: expect.stringMatching(/waits for 2m/) }])
    // A paused queue is meant to wait.
    change('update offstage_queue set paused = 1')
    expect((await examine()).code).toBe(0)
  })

  test('a lost worker is named', async () => {
    const worker = project.start(['work', '--id', 'gone'])
    await worker.said('started')
    worker.child.kill('SIGKILL')
    await worker.ended
    change('update offstage_worker set expires_at = 0, seen_at = 0')
    const { of } = await examine()
    expect(of('workers')).toMatchObject([
      { level: 'warning', message: '0 at work, 1 lost', remedy: expect.stringContaining('gone') },
    ])
  })

  test('waiting jobs that the config does not allow', async () => {
    await project.enqueue('SampleJob', 'fail')
    await project.enqueue('SampleJob', 'fail')
    const config = readFileSync(project.path('offstage.config.js'), 'utf8')
    project.write('offstage.config.js', config.replace('fail: {},', ''))
    const { code, of } = await examine()
    expect(code).toBe(3)
    expect(of('allow-list')).toMatchObject([
      { level: 'unhealthy', message: expect.stringContaining('SampleJob.fail (2)') },
    ])
  })

  test('a config that is missing or broken; the database is looked at all the same', async () => {
    await project.enqueue('SampleJob', 'process')
    project.write('offstage.config.js', 'export default 1 +')
    const broken = await examine({ OFFSTAGE_DATABASE: 'sqlite:jobs.db' })
    expect(broken.code).toBe(3)
    expect(broken.of('config')).toMatchObject([
      { level: 'unhealthy', message: expect.stringContaining('offstage.config.js') },
    ])
    expect(broken.of('schema')).toMatchObject([{ level: 'ok' }])
    rmSync(project.path('offstage.config.js'))
    const missing = await examine()
    expect(missing.code).toBe(3)
    expect(missing.of('config')).toMatchObject([{ message: expect.stringContaining('run `npx offstage init`') }])
  })

  test('a file that is no database, a damaged one, a newer one', async () => {
    writeFileSync(project.path('jobs.db'), 'this is a text, and a rather long one at that, but no database at all')
    expect((await examine()).of('database')).toMatchObject([{ level: 'unhealthy' }])
    rmSync(project.path('jobs.db'))

    await project.enqueue('SampleJob', 'process')
    change('pragma wal_checkpoint(truncate)')
    const bytes = readFileSync(project.path('jobs.db'))
    // The page of a table, overwritten: the header is whole, so that it opens.
    const root = rootPage('offstage_attempt')
    bytes.fill(0xff, (root - 1) * 4_096, root * 4_096)
    writeFileSync(project.path('jobs.db'), bytes)
    const damaged = await examine()
    expect(damaged.code).toBe(3)
    expect(damaged.of('database')).toMatchObject([{ level: 'unhealthy' }])

    for (const end of ['', '-wal', '-shm']) rmSync(project.path(`jobs.db${end}`), { force: true })
    await project.enqueue('SampleJob', 'process')
    change("insert into offstage_migration values (999, 'later', 0)")
    const newer = await examine()
    expect(newer.code).toBe(3)
    expect(newer.of('schema')).toMatchObject([{ remedy: expect.stringContaining('upgrade the package') }])
  })

  test('a column and a table that somebody has removed: migrate cannot bring them back, and says so', async () => {
    await project.enqueue('SampleJob', 'process')
    change('alter table offstage_job drop column tags')
    const command = await project.run('jobs', 'list')
    expect(command).toMatchObject({ code: 3, stdout: '' })
    expect(command.stderr).toMatch(
      /^offstage: .*jobs\.db lacks .* \(no such column: \S*tags\): .* `offstage doctor`\n$/,
    )
    const enqueued = await project.run('run', 'SampleJob', 'process')
    expect(enqueued).toMatchObject({ code: 3, stderr: expect.stringMatching(/lacks a table or a column of Offstage/) })
    change('drop table offstage_log')
    const gone = /the column tags of offstage_job is missing; the table offstage_log is missing/
    const { code, of } = await examine()
    expect(code).toBe(3)
    expect(of('schema')).toMatchObject([
      {
        level: 'unhealthy',
        message: expect.stringMatching(gone),
        remedy: expect.stringMatching(/^bring back by hand/),
      },
    ])
    const migrated = await project.run('migrate')
    expect(migrated).toMatchObject({ code: 3, stdout: '' })
    expect(migrated.stderr).toMatch(gone)
  })

  test('a database that is not there yet, and cannot be made where it is named', async () => {
    for (const [url, said] of [
      ['sqlite:nowhere/jobs.db', /folder .*nowhere does not exist/],
      ['sqlite:package.json/jobs.db', /package\.json is no folder that can be written/],
    ] as const) {
      const { code, of } = await examine({ OFFSTAGE_DATABASE: url })
      expect(code).toBe(3)
      expect(of('database')).toMatchObject([{ level: 'unhealthy', message: expect.stringMatching(said) }])
    }
    expect(existsSync(project.path('nowhere'))).toBe(false)
  })

  test('logs that cannot be written, a key that is none', async () => {
    mkdirSync(project.path('logs/background_jobs.log'), { recursive: true })
    const { code, of } = await examine({ OFFSTAGE_SECRET_KEY: 'too short' })
    expect(code).toBe(3)
    expect(of('logs')).toMatchObject([{ level: 'unhealthy', message: expect.stringContaining('background_jobs.log') }])
    expect(of('secret key')).toMatchObject([{ level: 'unhealthy' }])
    expect(JSON.stringify(of('secret key'))).not.toContain('too short')
  })

  test('never shows the password of a database', async () => {
    const { stdout } = await project.start(['doctor'], { OFFSTAGE_DATABASE: 'oracle://me:hunter2@host/db' }).ended
    expect(stdout).not.toContain('hunter2')
  })

  test('knows old Nodes, network drives and disks that are nearly full', () => {
    expect(checkNode('22.17.9').level).toBe('unhealthy')
    expect(checkNode('22.18.0').level).toBe('ok')
    expect(checkDrive('/mnt', 0x6969, 'linux')).toMatchObject({
      level: 'unhealthy',
      message: expect.stringContaining('NFS'),
    })
    // As a signed number, which is how statfs may give it.
    expect(checkDrive('/mnt', 0xff534d42 | 0, 'linux').level).toBe('unhealthy')
    expect(checkDrive('/', 0xef53, 'linux').level).toBe('ok')
    expect(checkDrive('\\\\server\\share', 0, 'win32').level).toBe('unhealthy')
    expect(checkRoom(50 * 1_048_576, '/').level).toBe('unhealthy')
    expect(checkRoom(500 * 1_048_576, '/').level).toBe('warning')
    expect(checkRoom(5_000 * 1_048_576, '/').level).toBe('ok')
  })
})

describe('migrate', () => {
  test('--dry-run prints SQL that makes the same schema, and changes nothing', async () => {
    const { code, stdout } = await project.run('migrate', '--dry-run')
    expect(code).toBe(0)
    expect(existsSync(project.path('jobs.db'))).toBe(false)
    const printed = new DatabaseSync(':memory:')
    printed.exec(stdout)
    expect(await project.run('migrate')).toMatchObject({ code: 0, stdout: expect.stringContaining('applied 1: ') })
    const made = new DatabaseSync(project.path('jobs.db'))
    const schema = (database: DatabaseSync) =>
      database
        .prepare(
          "select name, replace(sql, char(10) || '      ', char(10)) as sql from sqlite_schema where name <> 'offstage_migration' order by name",
        )
        .all()
    expect(schema(printed)).toEqual(schema(made))
    made.close()
    expect(await project.run('migrate')).toMatchObject({ code: 0, stdout: expect.stringContaining('is up to date') })
  })

  test('--json; a newer schema is refused', async () => {
    const first = (await project.json('migrate', '--dry-run')) as { to: number; steps: unknown[] }
    expect(first).toMatchObject({ from: 0, applied: false, steps: [{ version: 1 }, ...first.steps.slice(1)] })
    expect(await project.json('migrate')).toMatchObject({ from: 0, to: first.to, applied: true })
    expect(await project.json('migrate')).toEqual({ from: first.to, to: first.to, applied: true, steps: [] })
    change("insert into offstage_migration values (999, 'later', 0)")
    for (const args of [['migrate'], ['migrate', '--dry-run']]) {
      expect(await project.run(...args)).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('999') })
    }
  })
})

function change(sql: string): void {
  const database = new DatabaseSync(join(project.folder, 'jobs.db'))
  database.exec(sql)
  database.close()
}

function rootPage(table: string): number {
  const database = new DatabaseSync(join(project.folder, 'jobs.db'), { readOnly: true })
  const row = database.prepare('select rootpage from sqlite_schema where name = ?').get(table)
  database.close()
  return Number(row?.rootpage)
}
