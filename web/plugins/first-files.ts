// Tells the server which files a first visit to an address needs, so that it can name them with the page itself:
// a browser on a slow line then fetches them at once, and not each when the one before has been read.
import type { Plugin, Rolldown } from 'vite'

/** Components by the address that shows them, from the sources' folder. */
export type FirstPages = Record<string, string[]>

const LIST = 'first-files.json'

export function firstFiles(pages: FirstPages): Plugin {
  return {
    name: 'first-files',
    // After Vite has taken out the chunks that held nothing but styles.
    enforce: 'post',
    apply: 'build',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((one) => one.type === 'chunk')
      const start = chunks.find((one) => one.isEntry && one.name === 'index')
      const atStart = start ? reached(start, bundle) : new Set<string>()
      const found: Record<string, string[]> = {}
      for (const [address, components] of Object.entries(pages)) {
        const files = new Set<string>()
        for (const name of components) {
          const chunk = chunks.find((one) => Object.keys(one.modules).some((id) => id.endsWith(`/src/${name}`)))
          if (!chunk) this.error(`nothing was built of ${name}`)
          for (const file of reached(chunk, bundle)) if (!atStart.has(file)) files.add(file)
        }
        found[address] = [...files].map((name) => `/${name}`).sort()
      }
      this.emitFile({ type: 'asset', fileName: LIST, source: JSON.stringify(found) })
    },
  }
}

/** Return a chunk, what it imports, and their styles. */
function reached(chunk: Rolldown.OutputChunk, bundle: Rolldown.OutputBundle): Set<string> {
  const found = new Set<string>()
  const take = (name: string): void => {
    const one = bundle[name]
    if (found.has(name) || one?.type !== 'chunk') return
    found.add(name)
    for (const css of stylesOf(one)) found.add(css)
    one.imports.forEach(take)
  }
  take(chunk.fileName)
  return found
}

/** Return the styles that come with a chunk. */
export function stylesOf(chunk: Rolldown.OutputChunk): Iterable<string> {
  const meta = (chunk as { viteMetadata?: { importedCss?: Set<string> } }).viteMetadata
  return meta?.importedCss ?? []
}
