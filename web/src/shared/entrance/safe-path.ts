// Where to go after signing in: an address of ours, never anybody else's.
export const START = '/desk'

export function safePath(wanted: unknown): string {
  if (typeof wanted !== 'string' || !wanted.startsWith('/')) return START
  if (wanted.startsWith('//') || wanted.includes('\\')) return START
  return wanted
}
