import { offstage } from '../../../../offstage.js'

// The dashboard at /admin/jobs: one catch-all route for its pages, its files and its API.
const { fetch } = offstage.dashboard({ basePath: '/admin/jobs' })

export const dynamic = 'force-dynamic'
export { fetch as DELETE, fetch as GET, fetch as HEAD, fetch as PATCH, fetch as POST, fetch as PUT }
