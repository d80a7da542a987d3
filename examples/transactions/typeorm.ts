import { DataSource, EntitySchema } from 'typeorm'
import { database, Mail, runBackgroundJob } from './offstage.config.ts'

const Order = new EntitySchema<{ id: number; item: string }>({
  name: 'orders',
  columns: { id: { type: Number, primary: true, generated: true }, item: { type: String } },
})
const dataSource = new DataSource({ type: 'postgres', url: database, entities: [Order] })
const ready = dataSource.initialize()

/** An order and the mail that confirms it: both, or neither. */
export async function placeOrder(item: string): Promise<string> {
  await ready
  return await dataSource.transaction(async (tx) => {
    await tx.insert(Order, { item })
    const { id } = await runBackgroundJob(Mail, 'confirm', [item], { tx })
    return id
  })
}

export const close = (): Promise<void> => dataSource.destroy()
