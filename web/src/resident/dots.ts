// Public matters as dots: those of one territory together, for none is shown where it really is.
import type { Schemas } from '@/shared/api/client'
import type { Dot } from '@/shared/map/dot'

export function dotsOf(matters: readonly Schemas['PublicView'][]): Dot[] {
  const found = new Map<string, Dot>()
  for (const one of matters) {
    if (!one.middle || !one.territory) continue
    const here = found.get(one.territory.name)
    if (here) {
      here.count += 1
      if (!one.is_closed) here.tone = 'plain'
    } else {
      found.set(one.territory.name, {
        ...one.middle, id: one.territory.name, label: one.territory.word, count: 1,
        tone: one.is_closed ? 'green' : 'plain',
      })
    }
  }
  return [...found.values()]
}
