// How sure a share is. Wilson's score interval: E. B. Wilson, "Probable Inference, the Law of Succession, and
// Statistical Inference", Journal of the American Statistical Association 22 (1927), 209–212.

export interface Interval {
  low: number
  high: number
}

/** The 97.5 % point of the normal distribution: an interval of 95 %. */
const Z = 1.959964

/** Fewer than this are too few to compare: their interval is some 35 points wide. */
export const ENOUGH = 30

/** Return the 95 % interval of `count` of `of`, within 0 and 1; nothing is known of none. */
export function wilson(count: number, of: number): Interval | undefined {
  if (of <= 0) return undefined
  const share = count / of
  const z2 = (Z * Z) / of
  const middle = (share + z2 / 2) / (1 + z2)
  const half = (Z * Math.sqrt((share * (1 - share)) / of + z2 / (4 * of))) / (1 + z2)
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}

/** Say whether a share is surely above or below another one; empty while its interval holds it, or of too few. */
export function apart(count: number, of: number, whole: number | null | undefined): '' | 'above' | 'below' {
  const interval = of >= ENOUGH ? wilson(count, of) : undefined
  if (!interval || whole === null || whole === undefined) return ''
  if (interval.low > whole) return 'above'
  return interval.high < whole ? 'below' : ''
}

/** A share in per cent, in the reader's language. */
export function percent(share: number, tag: string): string {
  return new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 }).format(share)
}
