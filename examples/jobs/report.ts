import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Count } from './word-count.ts'

/** Sums up what the word counts found. Runs in a thread, and later: see `delay` in start.ts. */
export class Report {
  async build(title: string): Promise<{ texts: number; words: number; longestWord: string }> {
    const folder = join(import.meta.dirname, '../data/counts')
    await mkdir(folder, { recursive: true })
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
    const texts = await readdir(join(import.meta.dirname, '../texts'))
    // Throwing is how a job says: not yet. It runs again after its backoff.
    if (names.length < texts.length) throw new Error(`only ${names.length} of ${texts.length} texts are counted`)

    const counts: Count[] = await Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8'))),
    )
    const sum = {
      texts: counts.length,
      words: counts.reduce((total, { words }) => total + words, 0),
      longestWord: counts.reduce(
        (longest, { longestWord: word }) => (word.length > longest.length ? word : longest),
        '',
      ),
    }
    const lines = counts.map(({ file, words, lines }) => `- ${file}: ${words} words in ${lines} lines`)
    const text = `# ${title}\n\n${lines.join('\n')}\n\n${sum.words} words in ${sum.texts} texts\n`
    await writeFile(join(import.meta.dirname, '../data/report.md'), text)
    return sum
  }
}
