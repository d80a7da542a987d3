import { useQuery } from '@tanstack/react-query'
import { Suspense } from 'react'
import { Link, Redirect, Route, Switch, useLocation, useSearch } from 'wouter'
import { ApiFailure } from './api/client.ts'
import { meQuery } from './api/queries.ts'
import { Empty, Failure, SkeletonRows } from './components/placeholders.tsx'
import { Toasts } from './components/toasts.tsx'
import { PAGES, Register, SignIn } from './pages/routes.ts'
import { Broken } from './shell/broken.tsx'
import { Dialogs } from './shell/dialogs.tsx'
import { Page } from './shell/page.tsx'
import { Shell } from './shell/shell.tsx'

/** Who is there decides what is shown: the sign-in, or the pages. */
export function App() {
  return (
    <>
      <Suspense fallback={null}>
        <Switch>
          <Route path="/sign-in">
            <SignIn />
          </Route>
          <Route path="/register">
            <Register />
          </Route>
          <Route>
            <SignedIn />
          </Route>
        </Switch>
      </Suspense>
      <Toasts
        renderLink={({ href, text }) => (
          <Link href={href} className="font-medium whitespace-nowrap text-accent hover:underline">
            {text}
          </Link>
        )}
      />
    </>
  )
}

function SignedIn() {
  const { data: me, error, refetch, isFetching } = useQuery(meQuery)
  const [path] = useLocation()
  const search = useSearch()
  if (error instanceof ApiFailure && error.httpStatus === 401) {
    if (error.body.signIn === 'external') return <SignedOutElsewhere message={error.message} />
    const then = `${path}${search && `?${search}`}`
    return <Redirect to={then === '/' ? '/sign-in' : `/sign-in?then=${encodeURIComponent(then)}`} replace />
  }
  if (me) {
    return (
      <Shell me={me}>
        <Pages key={path} />
        <Dialogs />
      </Shell>
    )
  }
  if (!error) return null
  return (
    <main className="mx-auto max-w-xl p-6 pt-24">
      <Failure what="The dashboard could not be opened" error={error} onRetry={refetch} retrying={isFetching} />
    </main>
  )
}

function Pages() {
  return (
    <Broken>
      <Suspense fallback={<SkeletonRows rows={10} />}>
        <Switch>
          {PAGES.map(({ path, page }) => (
            <Route key={path} path={path} component={page} />
          ))}
          <Route>
            <Page title="Nowhere">
              <Empty icon="search" title="There is no such page">
                The address is not one of the dashboard's. Choose a page from the menu, or press <kbd>g</kbd>{' '}
                <kbd>n</kbd>.
              </Empty>
            </Page>
          </Route>
        </Switch>
      </Suspense>
    </Broken>
  )
}

function SignedOutElsewhere({ message }: { message: string }) {
  return (
    <main className="mx-auto max-w-xl p-6 pt-24">
      <Empty icon="lock" title="You are not signed in">
        {message}
      </Empty>
    </main>
  )
}
