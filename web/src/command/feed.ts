// The news on the wall: the newest few, however many come.
import type { Change } from '@/shared/live'

export const MOST_NEWS = 40

/** Return the news with another one on top; what was told already is not told again. */
export function withNews(news: readonly Change[], change: Change): Change[] {
  if (news.some((one) => one.matter === change.matter && one.version === change.version)) return [...news]
  return [change, ...news].slice(0, MOST_NEWS)
}

// Called by its own name: browsers refuse their timers as somebody else's method.
const CLOCK = {
  now: (): number => Date.now(),
  later: (act: () => void, after: number): ReturnType<typeof setTimeout> => setTimeout(act, after),
}

/** Call `act` now and again at most once in `every` milliseconds, however often it is nudged. */
export function nudged(act: () => void, every: number, clock = CLOCK) {
  let last = -Infinity
  let waiting: ReturnType<typeof setTimeout> | undefined
  const go = (): void => {
    waiting = undefined
    last = clock.now()
    act()
  }
  return {
    nudge(): void {
      if (waiting !== undefined) return
      const left = last + every - clock.now()
      if (left <= 0) go()
      else waiting = clock.later(go, left)
    },
    stop(): void {
      clearTimeout(waiting)
      waiting = undefined
    },
  }
}
