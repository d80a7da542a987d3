import { Link } from 'wouter'
import type { JobView } from '../../api.ts'
import { Card, Fact } from '../components/card.tsx'
import { CopyButton } from '../components/copy.tsx'
import { Ago, Since } from '../components/time.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { priorityText } from '../format/number.ts'
import { durationText } from '../format/time.ts'
import { scheduleHref } from '../schedules/schedule-href.ts'
import { attemptsText } from './columns.tsx'

/** What is known of a job besides what it was given and what it gave. */
export function JobFacts({ view }: { view: JobView }) {
  const { job, copyOf, copies, schedule } = view
  const { id, queue, tags, createdAt, runAt, startedAt, finishedAt, status } = job
  return (
    <Card title="Facts">
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 p-4 text-sm">
        <Fact name="Id" wide>
          <span className="inline-flex items-center gap-1 font-mono text-xs">
            {id} <CopyButton text={id} label="Copy the id" />
          </span>
        </Fact>
        <Fact name="Attempts">{attemptsText(job)}</Fact>
        <Fact name="Priority">{priorityText(job.priority)}</Fact>
        <Fact name="Queue">
          <Link href={`/jobs?filter=${encodeURIComponent(`queue:${queue}`)}`} className="hover:underline">
            <Untrusted>{queue}</Untrusted>
          </Link>
        </Fact>
        <Fact name="Tags">{tags.length === 0 ? 'none' : <Untrusted>{tags.join(', ')}</Untrusted>}</Fact>
        {schedule !== null && (
          <Fact name="Schedule" wide>
            <Link href={scheduleHref(schedule)} className="text-accent hover:underline">
              <Untrusted>{schedule}</Untrusted>
            </Link>
          </Fact>
        )}
        <Fact name="Created">
          <Ago at={createdAt} />
        </Fact>
        <Fact name="Due">
          <Ago at={runAt} />
        </Fact>
        {startedAt && (
          <Fact name="Started">
            <Ago at={startedAt} />
          </Fact>
        )}
        {finishedAt && (
          <Fact name="Finished">
            <Ago at={finishedAt} />
          </Fact>
        )}
        {startedAt && status === 'running' && (
          <Fact name="Running for">
            <Since at={startedAt} />
          </Fact>
        )}
        {startedAt && finishedAt && (
          <Fact name="Took">{durationText(Date.parse(finishedAt) - Date.parse(startedAt))}</Fact>
        )}
        {copyOf && (
          <Fact name="An edited copy of" wide>
            <JobLink id={copyOf} />
          </Fact>
        )}
        {copies.length > 0 && (
          <Fact name="Edited copies of it" wide>
            <ul>
              {copies.map((copy) => (
                <li key={copy}>
                  <JobLink id={copy} />
                </li>
              ))}
            </ul>
          </Fact>
        )}
      </dl>
    </Card>
  )
}

export function JobLink({ id }: { id: string }) {
  return (
    <Link href={`/jobs/${id}`} className="font-mono text-xs text-accent hover:underline">
      {id}
    </Link>
  )
}
