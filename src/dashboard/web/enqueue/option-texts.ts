import type { EnqueueRequest, JobRow } from '../../api.ts'
import { COPY_TAG } from '../../server/copy-tag.ts'
import { priorityText } from '../format/number.ts'

/** The options of a job as they are typed; empty for what the handler has configured. */
export interface OptionTexts {
  delay: string
  retries: string
  priority: string
  queue: string
  tags: string
}

/** Of a job that is copied, else empty. */
export function optionTexts(job: JobRow | undefined): OptionTexts {
  return {
    delay: '',
    retries: '',
    priority: job ? priorityText(job.priority) : '',
    queue: job?.queue ?? '',
    tags: job?.tags.filter((tag) => !tag.startsWith(COPY_TAG)).join(', ') ?? '',
  }
}

/** What is said of them in a request: nothing of what is empty. */
export function optionsFrom(texts: OptionTexts): Pick<EnqueueRequest, 'options'> {
  const tags = texts.tags
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
  const options = {
    ...(texts.delay.trim() !== '' && { delay: numberOrText(texts.delay.trim()) }),
    ...(texts.retries.trim() !== '' && { retries: Number(texts.retries) }),
    ...(texts.priority !== '' && { priority: numberOrText(texts.priority) }),
    ...(texts.queue.trim() !== '' && { queue: texts.queue.trim() }),
    ...(tags.length > 0 && { tags }),
  }
  return Object.keys(options).length === 0 ? {} : { options }
}

function numberOrText(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}
