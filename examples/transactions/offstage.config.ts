import { allow, defineOffstage } from 'offstage'

/** The database of the app: its orders, and the jobs beside them. */
export const database = process.env.DATABASE_URL ?? 'postgres://localhost/app'

export class Mail {
  async confirm(item: string): Promise<void> {
    console.log(`Thank you for your order of ${item}.`)
  }
}

export const offstage = defineOffstage({
  database,
  jobs: [allow(Mail, { confirm: { isolation: 'inline' } })],
  logs: false,
})

export const { runBackgroundJob } = offstage
export default offstage
