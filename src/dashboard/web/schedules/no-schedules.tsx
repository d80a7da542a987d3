import { CopyButton } from '../components/copy.tsx'
import { Empty } from '../components/placeholders.tsx'
import { Scroller } from '../components/scroller.tsx'

const EXAMPLE = `export const offstage = defineOffstage({
  jobs: [allow(Report, 'build')],
  schedules: {
    nightly: ['0 3 * * *', Report, 'build', ['pdf'], {
      timezone: 'Europe/Berlin',
    }],
  },
})`

/** No schedule: how to have one. */
export function NoSchedules() {
  return (
    <Empty icon="schedules" title="No schedule yet">
      <p>A schedule enqueues a job at the moments that a cron expression names. Add one to offstage.config.ts:</p>
      <div className="relative mt-3 text-left">
        <Scroller className="codeblock" label="An example of a schedule in the config">
          <pre className="whitespace-pre!">{EXAMPLE}</pre>
        </Scroller>
        <CopyButton text={EXAMPLE} label="Copy the example" className="absolute right-1.5 bottom-1.5" />
      </div>
      <p className="mt-3">
        It is here once a worker with that config has started. Or set one from your code, with{' '}
        <code className="font-mono text-xs">offstage.schedules.set</code>.
      </p>
    </Empty>
  )
}
