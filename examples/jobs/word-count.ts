import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

export interface Count {
  words: number
  lines: number
  longestWord: string
  file: string
}

/** A job is any class. This one counts the words of a text and keeps the counts for the report. */
export class WordCount {
  async count(file: string): Promise<Count> {
    // The argument comes from outside: only its last part is used, so that it stays in the folder of texts.
    const name = basename(file)
    const text = await readFile(join(import.meta.dirname, '../texts', name), 'utf8')
    const words = text.match(/[\p{L}\p{N}'-]+/gu) ?? []
    const longestWord = words.reduce((longest, word) => (word.length > longest.length ? word : longest), '')
    const count = { words: words.length, lines: text.trimEnd().split('\n').length, longestWord, file: name }

    // What is printed in a job belongs to it: `offstage jobs logs <id>`.
    console.log(`${name}: ${count.words} words`)
    const folder = join(import.meta.dirname, '../data/counts')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `${name}.json`), JSON.stringify(count))
    return count
  }
}
