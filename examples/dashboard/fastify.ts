// The dashboard at /admin/jobs of a Fastify app.
import fastify from 'fastify'
import { offstage } from '../offstage.config.ts'

const dashboard = offstage.dashboard({ basePath: '/admin/jobs' })

const app = fastify()
app.register(async (scope) => {
  // In a scope of its own, since it reads the bodies of its requests itself.
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
  for (const path of ['/admin/jobs', '/admin/jobs/*']) {
    scope.all(path, (request, reply) => {
      reply.hijack()
      dashboard.node(request.raw, reply.raw)
    })
  }
})
app.get('/', (_request, reply) => reply.type('text/plain').send("The app's own page.\n"))
await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' })
