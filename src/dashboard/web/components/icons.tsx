/** Drawn on a grid of 24, by strokes alone: they take the colour and the size of the text beside them. */
const PATHS = {
  now: 'M3 12h4l3-8 4 16 3-8h4',
  causes: 'M12 3 2.5 20h19zM12 10v4M12 17.2v.1',
  jobs: 'M4 6h16M4 12h16M4 18h10',
  queues: 'M4 5h16v4H4zM4 13h16v6H4zM8 16h4',
  schedules: 'M4 6h16v14H4zM4 10.5h16M8.5 3.5V7M15.5 3.5V7M12 13v2.5l1.5 1',
  workers: 'M4 4h16v7H4zM4 13h16v7H4zM8 7.5h.1M8 16.5h.1',
  handlers: 'm8 7-5 5 5 5M16 7l5 5-5 5M13.5 4l-3 16',
  logs: 'M6 3h9l4 4v14H6zM15 3v4h4M9.5 12h6M9.5 16h6',
  activity: 'M12 7v5l3.5 2M3 12a9 9 0 1 0 2.7-6.4L3 8.3M3 3.5v4.8h4.8',
  settings:
    'M4 7h9M19 7h1M4 17h1M11 17h9M16 4.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M8 14.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5',
  pending: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7.5V12l3 2',
  running: 'M12 3a9 9 0 1 0 9 9',
  completed: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 12.3l2.8 2.8L16 9.7',
  failed: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9 9l6 6M15 9l-6 6',
  cancelled: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 12h8',
  warning: 'M12 3.5 2.5 20h19zM12 10v4M12 17.1v.1',
  ok: 'M5 12.5l4.5 4.5L19 7.5',
  idle: 'M20 13.5A8 8 0 1 1 10.5 4a6.5 6.5 0 0 0 9.5 9.5',
  retry: 'M20 12a8 8 0 1 1-2.4-5.7L20 8.5M20 4v4.5h-4.5',
  forward: 'M5 5v14l8-7zM13 5v14l8-7z',
  play: 'M7 4.5v15l12-7.5z',
  pause: 'M8 5v14M16 5v14',
  stop: 'M6 6h12v12H6z',
  delete: 'M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5M14 11v5',
  edit: 'M4 20h4L19.5 8.5a2.8 2.8 0 0 0-4-4L4 16zM13.5 6.5l4 4',
  plus: 'M12 5v14M5 12h14',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l4.5 4.5',
  close: 'M6 6l12 12M18 6 6 18',
  more: 'M5 12h.1M12 12h.1M19 12h.1',
  down: 'm6 9 6 6 6-6',
  right: 'm9 6 6 6-6 6',
  left: 'm15 6-6 6 6 6',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  terminal: 'M4 5h16v14H4zM7.5 9.5l3 2.5-3 2.5M13 15h3.5',
  link: 'M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.1-1.1',
  download: 'M12 4v11M7.5 11l4.5 4.5 4.5-4.5M4.5 20h15',
  columns: 'M4 5h16v14H4zM9.3 5v14M14.7 5v14',
  filter: 'M4 5h16l-6.5 7.5V19l-3 1.5v-8z',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M4.5 20a7.5 7.5 0 0 1 15 0',
  leave: 'M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5V4M12 20v1.5M2.5 12H4M20 12h1.5M5.3 5.3l1 1M17.7 17.7l1 1M5.3 18.7l1-1M17.7 6.3l1-1',
  moon: 'M20 13.5A8 8 0 1 1 10.5 4a6.5 6.5 0 0 0 9.5 9.5',
  system: 'M4 5h16v11H4zM9 20h6M12 16v4',
  help: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9.5 9.5a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.1.9-1.1 1.7M12 16.7v.1',
  quiet: 'M5 9h3l5-4v14l-5-4H5zM17 9.5l4 5M21 9.5l-4 5',
  chart: 'M4 20V4M4 20h16M8.5 16v-5M12.5 16V7.5M16.5 16v-3',
  table: 'M4 5h16v14H4zM4 10h16M10 10v9',
  flag: 'M6 21V4h12l-2.5 4L18 12H6',
} as const

export type IconName = keyof typeof PATHS

/** Says nothing to a screen reader: the word beside it, or the label of its button, does. */
export function Icon({ name, className = 'size-4' }: { name: IconName; className?: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      className={`shrink-0 ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  )
}
