// Whether a newer build is served than the one that runs here: for screens nobody reloads for weeks.
import { onScopeDispose } from 'vue'

/** The script a page begins with, whose name tells its content; empty if there is none in it. */
export function entryOf(html: string): string {
  return /<script[^>]+src="([^"]*\/assets\/[^"]+)"/.exec(html)?.[1] ?? ''
}

/** Load the page anew once another build is served. While nobody answers, what runs goes on. */
export function useFreshBuild(
  every: number, reload: () => void = () => location.reload(), page = document.documentElement.outerHTML,
): void {
  const ours = entryOf(page)
  async function look(): Promise<void> {
    try {
      const answer = await fetch(location.pathname, { headers: { Accept: 'text/html' }, cache: 'no-cache' })
      const theirs = answer.ok ? entryOf(await answer.text()) : ''
      // A build that is half in place has a page but no script yet.
      if (ours && theirs && theirs !== ours && (await fetch(theirs, { method: 'HEAD' })).ok) reload()
    } catch {
      // Nobody is there; the next look may find somebody.
    }
  }
  const timer = setInterval(() => void look(), every)
  onScopeDispose(() => clearInterval(timer))
}
