/** What a table of schedules shows. */
export const COLUMNS = [
  { key: 'name', name: 'Schedule' },
  { key: 'when', name: 'When', className: 'hidden md:table-cell' },
  { key: 'next', name: 'Next' },
  { key: 'last', name: 'Last job', className: 'hidden sm:table-cell' },
  { key: 'source', name: 'Source', className: 'hidden lg:table-cell' },
  { key: 'act', name: <span className="sr-only">Actions</span> },
]
