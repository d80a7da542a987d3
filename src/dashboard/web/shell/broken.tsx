import { Component } from 'react'
import { Button } from '../components/button.tsx'
import { Empty } from '../components/placeholders.tsx'

/** A page that threw, or whose file could not be loaded: says so, and offers to load it again. */
export class Broken extends Component<{ children: React.ReactNode }, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined }

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
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
