// What is worked out of what a resident said, before it is sent.
export { titleOf } from '@/shared/titles'

/** Return what was written with what was heard behind it; words of letters need a blank between them. */
export function withHeard(written: string, heard: string): string {
  return /[a-z0-9]$/i.test(written) && /^[a-z0-9]/i.test(heard) ? `${written} ${heard}` : written + heard
}

/** Return the `most` of some things that are likest to what is written: those that share most pairs of signs. */
export function likest<T>(things: readonly T[], written: string, wordsOf: (one: T) => string, most: number): T[] {
  const wanted = pairs(written)
  const share = (one: T): number => [...pairs(wordsOf(one))].filter((pair) => wanted.has(pair)).length
  const counted = things.map((one) => ({ one, share: share(one) }))
  return counted.sort((one, other) => other.share - one.share).slice(0, most).map(({ one }) => one)
}

function pairs(text: string): Set<string> {
  const signs = [...text.toLowerCase().replace(/[\s\p{P}]/gu, '')]
  return new Set(signs.slice(1).map((sign, at) => signs[at] + sign))
}

/** Return the channel a page speaks through, of those a procedure knows. */
export function channelOf(channels: readonly string[], isPhone: boolean): string {
  const wanted = isPhone ? ['mobile', 'web'] : ['web', 'mobile']
  return wanted.find((one) => channels.includes(one)) ?? channels[0] ?? ''
}
