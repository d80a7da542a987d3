// What the dashboard's pages weigh, compressed as they are sent: the first view, and everything. The budgets keep a page
// at 3 a.m. on a bad line from being slow. Needs a build. Usage: node scripts/check-size.mjs
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const FIRST_VIEW_KB = 160
const EVERYTHING_KB = 280
/** What the page that one lands on loads: what every page needs, the page itself, and its chart. */
const FIRST_VIEW = ['index.html', 'pages/now.tsx', 'charts/bars.tsx']

const web = fileURLToPath(new URL('../dist/dashboard/web/', import.meta.url))
const manifestFile = join(web, '.vite/manifest.json')
if (!existsSync(manifestFile)) {
  console.error('check-size: there is no build of the pages: run `npm run build` first.')
  process.exit(1)
}
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'))

/** The files of a chunk and of all that it imports at once. */
function filesOf(name, found = new Set()) {
  const chunk = manifest[name]
  if (!chunk) throw new Error(`check-size: ${name} is not in the build: correct FIRST_VIEW in scripts/check-size.mjs.`)
  if (found.has(chunk.file)) return found
  found.add(chunk.file)
  for (const file of chunk.css ?? []) found.add(file)
  for (const imported of chunk.imports ?? []) filesOf(imported, found)
  return found
}

const kilobytes = (files) =>
  [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(web, file)), { level: 9 }).length, 0) / 1024

const first = new Set(['index.html', ...FIRST_VIEW.flatMap((name) => [...filesOf(name)])])
const everything = readdirSync(web, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.parentPath.includes('.vite'))
  .map((entry) => join(entry.parentPath, entry.name).slice(web.length))

let fits = true
for (const [name, files, most] of [
  ['first view', first, FIRST_VIEW_KB],
  ['everything', everything, EVERYTHING_KB],
]) {
  const size = kilobytes(files)
  fits &&= size <= most
  console.log(`${name}: ${size.toFixed(1)} KB gzip in ${[...files].length} files, of ${most} KB allowed`)
}
if (!fits) {
  console.error('check-size: the pages have grown past their budget: load less at once, or leave something out.')
  process.exit(1)
}
