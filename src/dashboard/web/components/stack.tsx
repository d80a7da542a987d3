import { useState } from 'react'
import type { JobError } from '../../../core/job.ts'
import type { Frame } from '../../api.ts'
import { type FrameGroup, groupFrames } from '../format/frames.ts'
import { CopyButton } from './copy.tsx'
import { Icon } from './icons.tsx'
import { Untrusted, UntrustedBlock } from './untrusted.tsx'

const SHORT = 300

/** What an error says and where it happened: own frames open, the libraries' folded. */
export function ErrorView({ error, frames }: { error: JobError; frames: readonly Frame[] }) {
  const short = error.message.length <= SHORT && !error.message.includes('\n')
  return (
    <div className="min-w-0">
      <div className="flex items-start gap-2">
        <p className="min-w-0 flex-1 text-sm wrap-anywhere">
          <span className="font-mono font-semibold text-bad">
            <Untrusted>{error.name}</Untrusted>
          </span>
          {error.code && (
            <span className="mx-1 rounded bg-sunken px-1.5 py-0.5 font-mono text-xs text-muted">
              <Untrusted>{error.code}</Untrusted>
            </span>
          )}{' '}
          {short && <Untrusted>{error.message}</Untrusted>}
        </p>
        <CopyButton text={error.stack ?? `${error.name}: ${error.message}`} label="Copy the error with its stack" />
      </div>
      {!short && <UntrustedBlock text={error.message} label="Message" most={4000} />}
      <Frames frames={frames} stack={error.stack} />
      {error.cause && (
        <div className="mt-4 border-l-2 border-line pl-4">
          <p className="mb-1 text-xs font-medium text-muted">Caused by</p>
          <ErrorView error={error.cause} frames={[]} />
        </div>
      )}
    </div>
  )
}

function Frames({ frames, stack }: { frames: readonly Frame[]; stack: string | undefined }) {
  if (frames.length > 0) {
    return (
      <ol aria-label="Stack" className="mt-3 overflow-hidden rounded-lg border border-line font-mono text-xs">
        {groupFrames(frames).map((group) => (
          <FrameGroupView key={group.from} group={group} />
        ))}
      </ol>
    )
  }
  if (!stack?.includes('\n')) return null
  return (
    <div className="mt-3">
      <UntrustedBlock text={stack} label="Stack" />
    </div>
  )
}

function FrameGroupView({ group }: { group: FrameGroup }) {
  const [open, setOpen] = useState(group.own)
  // biome-ignore lint/suspicious/noArrayIndexKey: the frames of a stack do not move
  if (open) return group.frames.map((frame, index) => <FrameView key={group.from + index} frame={frame} />)
  const { length } = group.frames
  return (
    <li className="border-b border-line last:border-0">
      <button
        type="button"
        onClick={() => setOpen(true)}
        className="flex w-full items-center gap-1.5 px-3 py-1.5 text-left text-faint hover:bg-hover hover:text-ink"
      >
        <Icon name="right" className="size-3" /> {length} {length === 1 ? 'line' : 'lines'} of libraries
      </button>
    </li>
  )
}

function FrameView({ frame }: { frame: Frame }) {
  const { function: name, file, line, column, own, text } = frame
  return (
    <li
      className={`border-b border-line px-3 py-1.5 wrap-anywhere last:border-b-0 ${own ? 'border-l-2 border-l-bad-fill bg-bad-soft/50' : 'text-muted'}`}
    >
      {file === null ? (
        <Untrusted>{text}</Untrusted>
      ) : (
        <>
          <span className={own ? 'font-semibold' : ''}>
            <Untrusted>{name ?? '(anonymous)'}</Untrusted>
          </span>{' '}
          <span className="text-muted">
            <Untrusted>{file}</Untrusted>
            {line !== null && `:${line}`}
            {column !== null && `:${column}`}
          </span>
        </>
      )}
    </li>
  )
}
