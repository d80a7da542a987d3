import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig, type Plugin } from 'vite'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Built to files that the package ships. Their addresses are relative: the server writes the base path before them. */
export default defineConfig({
  root: at('src/dashboard/web'),
  base: './',
  publicDir: false,
  plugins: [tailwindcss(), themeScript()],
  build: {
    outDir: at('dist/dashboard/web'),
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // Nothing as data: in an address, so that the content security policy needs no exception.
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  logLevel: 'error',
})

/** The theme must be known before the first paint: a classic script, in a file, since no inline script is allowed. */
function themeScript(): Plugin {
  const source = readFileSync(at('src/dashboard/web/theme/theme-script.js'), 'utf8').replace(/^\s*\/\/.*\n/gm, '')
  return {
    name: 'offstage-theme-script',
    apply: 'build',
    buildStart() {
      this.emitFile({ type: 'asset', name: 'theme.js', source })
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle = {} }) {
        const file = Object.values(bundle).find(
          (output) => output.type === 'asset' && output.names.includes('theme.js'),
        )
        if (!file) throw new Error('The theme script is not in the bundle.')
        return [{ tag: 'script', attrs: { src: `./${file.fileName}` }, injectTo: 'head-prepend' }]
      },
    },
  }
}
