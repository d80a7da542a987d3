/** The name with its sign: a curtain, and what happens behind it. */
export function Mark() {
  return (
    <span className="inline-flex items-center gap-2 font-semibold tracking-tight">
      <svg viewBox="0 0 32 32" className="size-6" aria-hidden="true">
        <rect width="32" height="32" rx="8" className="fill-ink" />
        <path d="M8 8h16" className="stroke-invert" strokeWidth="2.4" strokeLinecap="round" />
        <path
          d="M8.5 11c0 5.5 1.5 10 5 13.5h-5zM23.5 11c0 5.5-1.5 10-5 13.5h5z"
          className="fill-invert"
          fillOpacity="0.75"
        />
      </svg>
      <span className="text-[0.95rem]">Offstage</span>
    </span>
  )
}
