import type { Store } from '../../../store/store.ts'
import type { ChangeEvent } from '../../api.ts'
import { PulseLoop } from '../reads/pulse.ts'
import type { Facts } from '../reads/read.ts'
import { runRead } from '../reads/reads.ts'
import type { Runner } from './queries.ts'

/** For a database in this process's memory, which no other process can see. Nothing limits how long a query takes. */
export function inProcess(open: () => Promise<Store>, facts: Facts, onChange: (event: ChangeEvent) => void): Runner {
  const context = async () => ({ store: await open(), facts })
  const pulse = new PulseLoop(context, onChange)
  return {
    async run(name, input) {
      const askedAt = performance.now()
      try {
        return await runRead(await context(), name, input)
      } finally {
        pulse.answered(performance.now() - askedAt)
      }
    },
    watch: (on) => (on ? pulse.start() : pulse.stop()),
    close: async () => pulse.stop(),
  }
}
