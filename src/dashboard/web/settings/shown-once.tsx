import { CopyButton } from '../components/copy.tsx'
import { Icon } from '../components/icons.tsx'

/** A secret that was just made: it is stored nowhere, so it is shown now or never. */
export function ShownOnce({ name, value }: { name: string; value: string }) {
  return (
    <div role="status" className="mx-4 mb-4 rounded-lg bg-good-soft px-4 py-3 text-sm">
      <p className="mb-1.5 flex items-center gap-2 font-medium">
        <Icon name="ok" className="size-4 text-good" /> {name}. It is shown only now.
      </p>
      <p className="flex items-center gap-1">
        <code className="min-w-0 flex-1 rounded-md bg-surface px-2.5 py-1.5 font-mono text-xs break-all">{value}</code>
        <CopyButton text={value} label="Copy it" />
      </p>
    </div>
  )
}
