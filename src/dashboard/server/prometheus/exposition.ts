import type { Core } from '../route.ts'
import { familiesText } from './text.ts'

export async function prometheusText(core: Core): Promise<string> {
  const exposed = await core.queries.value('exposed', { since: Date.now() - 60_000 })
  void exposed
  return familiesText([])
}
