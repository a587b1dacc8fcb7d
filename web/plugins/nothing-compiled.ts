// Keeps what makes code out of text from the build: the content policy has no `unsafe-eval`, and does not get it.
import type { Plugin } from 'vite'

/** lodash asks for the global object with `Function('return this')` where there is no better way; there always is. */
const ROOT = /\/lodash(?:-es)?\/_root\.js$/
const COMPILES = /\bnew Function\s*\(|(?<![\w$.])(?:eval|Function)\s*\(/

export function nothingCompiled(): Plugin {
  return {
    name: 'nothing-compiled',
    enforce: 'pre',
    load(id) {
      const found = ROOT.exec(id)
      if (!found) return null
      return id.includes('lodash-es') ? 'export default globalThis' : 'module.exports = globalThis'
    },
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        const found = file.type === 'chunk' ? COMPILES.exec(file.code) : null
        if (found) this.error(`${file.fileName} makes code out of text: …${found[0]}…`)
      }
    },
  }
}
