// The dashboard at /admin/jobs of a Koa app.
import Koa from 'koa'
import { offstage } from '../offstage.config.ts'

const dashboard = offstage.dashboard({ basePath: '/admin/jobs' })

const app = new Koa()
app.use(async (context, next) => {
  if (!/^\/admin\/jobs(\/|$)/.test(context.path)) return await next()
  // Koa leaves the answer alone.
  context.respond = false
  await dashboard.node(context.req, context.res)
})
app.use((context) => {
  context.body = "The app's own page.\n"
})
app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
