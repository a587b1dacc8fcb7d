// Vant carries its icon font inside its style sheet; the content policy takes fonts from files only.
import type { Plugin } from 'vite'

const INLINE = /url\(["']?data:font\/(woff2?);(?:charset=utf-8;)?base64,([A-Za-z0-9+/=]+)["']?\)/g

// It also names another host as a second source: nothing of ours is loaded from elsewhere.
const ELSEWHERE = /,\s*url\(["']?(?:https?:)?\/\/[^)]*\)\s*format\([^)]*\)/g

export function fontAsFile(): Plugin {
  return {
    name: 'font-as-file',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'asset' || !file.fileName.endsWith('.css')) continue
        const text = typeof file.source === 'string' ? file.source : new TextDecoder().decode(file.source)
        file.source = text.replace(ELSEWHERE, '').replace(INLINE, (_whole, kind: string, content: string) => {
          const reference = this.emitFile({
            type: 'asset',
            name: `icons.${kind}`,
            source: Buffer.from(content, 'base64'),
          })
          return `url(/${this.getFileName(reference)})`
        })
      }
    },
  }
}
