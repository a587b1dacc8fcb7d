// A way through today's tasks: the nearest next, so that nobody walks back and forth.
import type { At } from '@/shared/map/sketch'

export interface Stop {
  id: string
  at?: At
}

const EARTH = 6_371_000 // metres
const radians = (degrees: number): number => (degrees * Math.PI) / 180

/** Return how far two positions are apart, in metres, as the crow flies. */
export function apart(one: At, other: At): number {
  const up = radians(other.lat - one.lat)
  const across = radians(other.lon - one.lon) * Math.cos(radians((one.lat + other.lat) / 2))
  return EARTH * Math.hypot(up, across)
}

/** Return stops in the order to walk them from a position; those whose place nobody knows come last as they were. */
export function inWalkingOrder<T extends Stop>(stops: readonly T[], from?: At): T[] {
  const left = stops.filter((one) => one.at)
  const found: T[] = []
  let here = from ?? left[0]?.at
  while (left.length && here) {
    const at = here
    const away = left.map((one) => (one.at ? apart(at, one.at) : Infinity))
    const [next] = left.splice(away.indexOf(Math.min(...away)), 1)
    if (!next) break
    found.push(next)
    here = next.at
  }
  return [...found, ...stops.filter((one) => !one.at)]
}
