// What is worked out of what a resident said, before it is sent.
const LONGEST = 40
const ENDS = /[。！？!?\n；;]/

/** Return a title for a matter: its first sentence, cut short. */
export function titleOf(detail: string): string {
  const first = detail.trim().split(ENDS).find((one) => one.trim())?.trim() ?? ''
  const signs = [...first]
  return signs.length > LONGEST ? `${signs.slice(0, LONGEST - 1).join('')}…` : first
}

/** Return the channel a page speaks through, of those a procedure knows. */
export function channelOf(channels: readonly string[], isPhone: boolean): string {
  const wanted = isPhone ? ['mobile', 'web'] : ['web', 'mobile']
  return wanted.find((one) => channels.includes(one)) ?? channels[0] ?? ''
}
