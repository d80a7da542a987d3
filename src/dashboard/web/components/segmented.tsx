export interface SegmentedProps<T extends string> {
  label: string
  value: T
  choices: readonly { value: T; name: React.ReactNode }[]
  onChange: (value: T) => void
}

/** A few choices beside each other, one of them chosen. */
export function Segmented<T extends string>({ label, value, choices, onChange }: SegmentedProps<T>) {
  return (
    <fieldset
      aria-label={label}
      className="inline-flex rounded-md bg-sunken p-0.5 text-xs shadow-[inset_0_0_0_1px_var(--line)]"
    >
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === value}
          onClick={() => onChange(choice.value)}
          className="inline-flex h-6 items-center gap-1 rounded px-2 font-medium text-muted aria-pressed:bg-surface aria-pressed:text-ink aria-pressed:shadow-[0_0_0_1px_var(--line-strong)]"
        >
          {choice.name}
        </button>
      ))}
    </fieldset>
  )
}
