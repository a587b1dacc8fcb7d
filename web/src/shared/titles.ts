// What a matter is called for short, worked out of what was said.
const LONGEST = 40
const ENDS = /[。！？!?\n；;]/

/** Return a title for a matter: its first sentence, cut short. */
export function titleOf(detail: string): string {
  const first = detail.trim().split(ENDS).find((one) => one.trim())?.trim() ?? ''
  const signs = [...first]
  return signs.length > LONGEST ? `${signs.slice(0, LONGEST - 1).join('')}…` : first
}
