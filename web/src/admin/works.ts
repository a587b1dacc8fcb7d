// What a piece of background work is called: by its first word, and a channel's own name after it.
type Say = (key: string) => string

export function workName(work: string, say: Say, has: (key: string) => boolean): string {
  const [first = '', ...rest] = work.split(' ')
  const key = `admin.system.works.${first}`
  if (!has(key)) return work
  return first === 'channel' ? [say(key), ...rest].join(' ') : say(key)
}
