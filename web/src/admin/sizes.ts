// Bytes and spans as people read them.
const STEPS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

export function bytes(size: number): string {
  let [amount, step] = [size, 0]
  while (amount >= 1024 && step < STEPS.length - 1) {
    amount /= 1024
    step += 1
  }
  return `${step && amount < 100 ? amount.toFixed(1) : Math.round(amount)} ${STEPS[step]}`
}

/** How long something has waited: 12 s, 5 min, 3 h, 2 d. */
export function lag(since: string, at: string): string {
  const seconds = Math.max(0, Math.round((new Date(at).getTime() - new Date(since).getTime()) / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}
