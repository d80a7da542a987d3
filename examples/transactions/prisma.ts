import { PrismaPg } from '@prisma/adapter-pg'
import { database, Mail, runBackgroundJob } from './offstage.config.ts'
import { PrismaClient } from './prisma/generated/client.ts'

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: database }) })

/** An order and the mail that confirms it: both, or neither. */
export async function placeOrder(item: string): Promise<string> {
  return await prisma.$transaction(async (tx) => {
    await tx.order.create({ data: { item } })
    const { id } = await runBackgroundJob(Mail, 'confirm', [item], { tx })
    return id
  })
}

export const close = (): Promise<void> => prisma.$disconnect()
