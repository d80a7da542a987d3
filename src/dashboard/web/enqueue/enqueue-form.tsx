import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Enqueued } from '../../../core/job.ts'
import type { EnqueueRequest, HandlerRow, JobRow } from '../../api.ts'
import { useRefusal } from '../access.ts'
import { refresh } from '../api/cache.ts'
import { send } from '../api/client.ts'
import { queuesQuery } from '../api/queries.ts'
import { Button } from '../components/button.tsx'
import { DialogBody, DialogButtons } from '../components/dialog.tsx'
import { SelectField, TextField } from '../components/fields.tsx'
import { Failure } from '../components/placeholders.tsx'
import { toast } from '../components/toasts.tsx'
import { priorityText } from '../format/number.ts'
import { ArgumentFields, useArguments } from './argument-fields.tsx'
import { type OptionTexts, optionsFrom, optionTexts } from './option-texts.ts'

export interface EnqueueFormProps {
  handlers: readonly HandlerRow[]
  first: HandlerRow
  copyOf: JobRow | undefined
  onClose: () => void
}

const PRIORITIES = ['high', 'medium', 'low']
const OPTIONS = ['priority', 'delay', 'retries', 'queue', 'tags']

export function EnqueueForm({ handlers, first, copyOf, onClose }: EnqueueFormProps) {
  const [handler, setHandler] = useState(first)
  const given = useArguments(handler, copyOf?.args)
  const [options, setOptions] = useState<OptionTexts>(() => optionTexts(copyOf))
  const queues = useQuery({ ...queuesQuery, staleTime: 60_000 }).data?.queues ?? []
  const reason = useRefusal()('jobs.enqueue')
  const enqueue = useMutation({
    mutationFn: (request: EnqueueRequest) =>
      send<Enqueued>('POST', copyOf ? `jobs/${copyOf.id}/copy` : 'jobs', request),
    onSuccess: ({ id, status }) => {
      refresh(['jobs', 'queues'])
      const link = { href: `/jobs/${id}`, text: 'Open the job' }
      if (status === 'created') toast({ tone: 'good', text: 'Enqueued.', link })
      else toast({ tone: 'wait', text: 'Nothing was enqueued: another job has its unique key.', link })
      onClose()
    },
  })
  const { error } = enqueue
  const wrong = (field: string) => {
    // An option is named as it is on the command line, or by where it stands in the request.
    const named = error?.body.field?.replace(/^options\./, '')
    if (!error || named !== field) return undefined
    const text = error.message.replace(/^options\./, '')
    return text.charAt(0).toUpperCase() + text.slice(1)
  }
  const isShown = [...OPTIONS, 'class', 'method'].some((field) => wrong(field) !== undefined)
  const set = (name: keyof OptionTexts) => (value: string) => setOptions({ ...options, [name]: value })

  const submit = () => {
    const { args, secrets } = given.read()
    if (!args || reason !== undefined) return
    const { class: className, method } = handler
    enqueue.mutate({
      class: className,
      method,
      args,
      ...optionsFrom(options),
      ...(secrets.length > 0 && { secrets }),
    })
  }
  const classes = [...new Set(handlers.map((each) => each.class))]
  const methods = handlers.filter((each) => each.class === handler.class)
  const choose = (className: string, method?: string) => {
    const found = handlers.find((each) => each.class === className && (method === undefined || each.method === method))
    if (found) setHandler(found)
  }
  const { defaults } = handler

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <DialogBody>
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField
            label="Class"
            value={handler.class}
            onChange={(value) => choose(value)}
            choices={classes.map((value) => ({ value, name: value }))}
            error={wrong('class')}
          />
          <SelectField
            label="Method"
            value={handler.method}
            onChange={(value) => choose(handler.class, value)}
            choices={methods.map(({ method }) => ({ value: method, name: method }))}
            error={wrong('method')}
          />
        </div>
        <ArgumentFields given={given} wrong={(path) => wrongArgument(error?.body, path)} />
        <div className="grid gap-4 sm:grid-cols-3">
          <SelectField
            label="Priority"
            value={options.priority}
            onChange={set('priority')}
            error={wrong('priority')}
            choices={[
              { value: '', name: `as configured (${priorityText(defaults.priority)})` },
              ...[...new Set([...PRIORITIES, options.priority])]
                .filter((value) => value !== '')
                .map((value) => ({ value, name: value })),
            ]}
          />
          <TextField
            label="Delay"
            value={options.delay}
            onChange={set('delay')}
            placeholder="none"
            hint="10 (seconds), 5m, 2h"
            error={wrong('delay')}
          />
          <TextField
            label="Retries"
            type="number"
            value={options.retries}
            onChange={set('retries')}
            placeholder={String(defaults.retries)}
            hint="after the first attempt"
            error={wrong('retries')}
          />
          <TextField
            label="Queue"
            value={options.queue}
            onChange={set('queue')}
            placeholder={defaults.queue}
            list={queues.map(({ name }) => name)}
            error={wrong('queue')}
          />
          <TextField
            label="Tags"
            value={options.tags}
            onChange={set('tags')}
            placeholder="none"
            hint="separated by commas"
            error={wrong('tags')}
          />
        </div>
        {error && !isShown && <Failure what="The job was not enqueued" error={error} onRetry={submit} />}
      </DialogBody>
      <DialogButtons>
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" type="submit" icon="plus" reason={reason} busy={enqueue.isPending}>
          {copyOf ? 'Enqueue the copy' : 'Enqueue'}
        </Button>
      </DialogButtons>
    </form>
  )
}

/** The server names an argument as `args[0].user.id` or `args.0.user.id`, the form as `0.user.id`. */
function wrongArgument(body: { field?: string; reason?: string; message: string } | undefined, path: string) {
  if (!body?.field?.startsWith('args')) return undefined
  const named = body.field
    .slice(4)
    .replace(/\[(\w+)\]/g, '.$1')
    .replace(/^\./, '')
  return named === path ? (body.reason ?? body.message) : undefined
}
