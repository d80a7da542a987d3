// The dashboard at /admin/jobs of a Nest app, on its Express platform. Decorators are called as functions here, so that
// Node.js runs this file as it is; in your app, write @Module and @Controller as usual.
import 'reflect-metadata'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { offstage } from '../offstage.config.ts'

class AppController {
  page(): string {
    return "The app's own page.\n"
  }
}
Controller()(AppController)
Get()(AppController.prototype, 'page', Object.getOwnPropertyDescriptor(AppController.prototype, 'page') as never)

class AppModule {}
Module({ controllers: [AppController] })(AppModule)

const app = await NestFactory.create(AppModule, { logger: ['error'] })
app.use('/admin/jobs', offstage.dashboard().node)
await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
