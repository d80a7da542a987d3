// The dashboard at /admin/jobs of an Express app. It finds out by itself where it is mounted.
import express from 'express'
import { offstage } from '../offstage.config.ts'

const app = express()
app.use(express.json())
app.use('/admin/jobs', offstage.dashboard().node)
app.get('/', (_request, response) => {
  response.type('text/plain').send("The app's own page.\n")
})
app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
