import { expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import { MOST_NEWS, nudged, withNews } from '@/command/feed'
import { entryOf, useFreshBuild } from '@/shared/build'
import type { Change } from '@/shared/live'

const change = (n: number): Change => ({
  matter: `m${n % 7}`, number: `${n}`, procedure: 'p', version: n, step: 'sign', state: 'handling', at: '2026-03-01T00:00:00Z',
})

test('however much is heard, only the newest stays, newest first and nothing twice', () => {
  let news: Change[] = []
  for (let n = 0; n < 5_000; n++) {
    news = withNews(news, change(n))
    news = withNews(news, change(n))
  }
  expect(news).toHaveLength(MOST_NEWS)
  expect(news.map((one) => one.version)).toEqual(Array.from({ length: MOST_NEWS }, (_, n) => 4_999 - n))
})

test('many nudges are one call now and one later, and none after the end', () => {
  let at = 0
  let calls = 0
  const waiting: (() => void)[] = []
  const clock = { now: () => at, later: ((act: () => void) => waiting.push(act)) as never }
  const one = nudged(() => (calls += 1), 5_000, clock)
  for (let n = 0; n < 100; n++) one.nudge()
  expect([calls, waiting.length]).toEqual([1, 1])
  at = 5_000
  waiting[0]?.()
  expect(calls).toBe(2)
  at = 20_000
  one.nudge()
  expect(calls).toBe(3)
  one.stop()
})

test('a page is known by the script it begins with', () => {
  expect(entryOf('<html><script type="module" crossorigin src="/assets/index-Ab1.js"></script>')).toBe('/assets/index-Ab1.js')
  expect(entryOf('<html><script>1</script></html>')).toBe('')
})

test('a wall is loaded anew once another build is there, and not before its script is', async () => {
  vi.useFakeTimers()
  const page = '<html><head><script src="/assets/index-old.js"></script></head></html>'
  let served = 'old'
  let isThere = false
  vi.stubGlobal('fetch', async (at: string) =>
    at.startsWith('/assets/')
      ? new Response(null, { status: isThere ? 200 : 404 })
      : new Response(`<script src="/assets/index-${served}.js"></script>`),
  )
  const reload = vi.fn()
  const scope = effectScope()
  scope.run(() => useFreshBuild(1_000, reload, page))
  await vi.advanceTimersByTimeAsync(1_100)
  served = 'new'
  await vi.advanceTimersByTimeAsync(1_100)
  expect(reload).not.toHaveBeenCalled()
  isThere = true
  await vi.advanceTimersByTimeAsync(1_100)
  expect(reload).toHaveBeenCalledTimes(1)
  scope.stop()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})
