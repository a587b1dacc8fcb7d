// What is worked out of what a resident said, before it is sent.
export { titleOf } from '@/shared/titles'

/** Return the channel a page speaks through, of those a procedure knows. */
export function channelOf(channels: readonly string[], isPhone: boolean): string {
  const wanted = isPhone ? ['mobile', 'web'] : ['web', 'mobile']
  return wanted.find((one) => channels.includes(one)) ?? channels[0] ?? ''
}
