// The dashboard at /admin/jobs of a server of `node:http`; everything else is the app's own.
import { createServer } from 'node:http'
import { offstage } from '../offstage.config.ts'

const dashboard = offstage.dashboard({ basePath: '/admin/jobs' })

const server = createServer((request, response) => {
  dashboard.node(request, response, () => {
    response.setHeader('content-type', 'text/plain').end("The app's own page.\n")
  })
})
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
