import { Component } from 'react'
import { Button } from '../components/button.tsx'
import { Empty } from '../components/placeholders.tsx'
import { reachable } from '../live/reachable.ts'

export interface BrokenProps {
  children: React.ReactNode
  /** What is shown in its place, when there is something that does as well. */
  instead?: React.ReactNode
}

/** Something that threw, or whose file could not be loaded: says so, and offers to load the page again. */
export class Broken extends Component<BrokenProps, { error: Error | undefined }> {
  private unsubscribe: (() => void) | undefined
  override state: { error: Error | undefined } = { error: undefined }

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  /** A file that could not be loaded because the server was away can be when it is back. */
  override componentDidMount() {
    this.unsubscribe = reachable.subscribe(() => {
      if (reachable.get() && this.state.error && this.props.instead === undefined) location.reload()
    })
  }

  override componentWillUnmount() {
    this.unsubscribe?.()
  }

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    if (this.props.instead !== undefined) return this.props.instead
    return (
      <div role="alert">
        <Empty icon="failed" title="This page could not be shown">
          <p className="mb-3 wrap-anywhere">{error.message}</p>
          <Button icon="retry" onClick={() => location.reload()}>
            Load it again
          </Button>
        </Empty>
      </div>
    )
  }
}
