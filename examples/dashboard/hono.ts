// The dashboard at /admin/jobs of a Hono app, here on Node.js.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { offstage } from '../offstage.config.ts'

const dashboard = offstage.dashboard({ basePath: '/admin/jobs' })

const app = new Hono()
app.mount('/admin/jobs', dashboard.fetch)
app.get('/', (context) => context.text("The app's own page.\n"))
serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: '127.0.0.1' })
