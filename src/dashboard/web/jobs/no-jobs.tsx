import { Link } from 'wouter'
import { Empty } from '../components/placeholders.tsx'

/** No rows: because there are no jobs, because none match, or because those that do lie further back. */
export function NoJobs({ filter, more }: { filter: string; more: boolean }) {
  if (more) {
    return (
      <Empty icon="search" title="Nothing here matches yet">
        A part of the jobs has been looked at. Press <strong>Older</strong> to look further back, or narrow the filter
        by class, queue or time.
      </Empty>
    )
  }
  if (filter !== '') {
    return (
      <Empty icon="search" title="No job matches">
        <Link href="/jobs" className="font-medium text-accent hover:underline">
          Show all jobs
        </Link>{' '}
        or change the filter.
      </Empty>
    )
  }
  return (
    <Empty icon="jobs" title="No jobs yet" command={`npx offstage run SampleJob process '["hello"]'`}>
      Enqueue one here, in your code, or on the command line:
    </Empty>
  )
}
