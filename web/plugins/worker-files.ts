// Lists every file the grid worker's screens may need, so that its service worker can keep them all.
import type { Plugin } from 'vite'
import { stylesOf } from './first-files.ts'

const LIST = 'assets/worker-files.json'

export function workerFiles(): Plugin {
  return {
    name: 'worker-files',
    // After Vite has taken out the chunks that held nothing but styles.
    enforce: 'post',
    apply: 'build',
    generateBundle(_, bundle) {
      const wanted = new Set<string>()
      const styles = new Set<string>()
      const take = (name: string) => {
        const chunk = bundle[name]
        if (wanted.has(name) || chunk?.type !== 'chunk') return
        wanted.add(name)
        for (const css of stylesOf(chunk)) styles.add(css)
        chunk.imports.forEach(take)
        // The start page leads to every role; beyond it, only what the worker's own screens load.
        if (!chunk.isEntry) chunk.dynamicImports.forEach(take)
      }
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue
        const isStart = chunk.isEntry && chunk.name === 'index'
        const isOurs = Object.keys(chunk.modules).some((id) => /\/src\/(worker|shared\/i18n)\//.test(id))
        if (isStart || (isOurs && chunk.name !== 'worker-sw')) take(chunk.fileName)
      }
      const fonts = Object.keys(bundle).filter((name) => /\.woff2?$/.test(name))
      const files = [...wanted, ...styles, ...fonts].map((name) => `/${name}`).sort()
      this.emitFile({ type: 'asset', fileName: LIST, source: JSON.stringify(files) })
    },
  }
}
