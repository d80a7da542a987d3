/** The shape of the page while it is asked for. */
export function NowSkeleton() {
  return (
    <div role="status" aria-label="Loading" className="space-y-5">
      <div className="skeleton h-20 rounded-xl" />
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
        {['a', 'b', 'c', 'd', 'e'].map((each) => (
          <div key={each} className="skeleton h-20 rounded-xl" />
        ))}
      </div>
      <div className="skeleton h-44 rounded-xl" />
      <div className="grid gap-5 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="skeleton h-64 rounded-xl" />
        <div className="skeleton h-64 rounded-xl" />
      </div>
    </div>
  )
}
