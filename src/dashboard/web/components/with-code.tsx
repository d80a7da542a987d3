import { Untrusted } from './untrusted.tsx'

/** A sentence of ours with what stands between backticks as code. */
export function WithCode({ children }: { children: string }) {
  return children.split('`').map((part, index) =>
    index % 2 === 0 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence do not move
      <Untrusted key={index}>{part}</Untrusted>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence do not move
      <code key={index} className="rounded bg-sunken px-1 py-0.5 font-mono text-xs text-ink">
        <Untrusted>{part}</Untrusted>
      </code>
    ),
  )
}
