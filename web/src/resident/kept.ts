// What this device remembers of one's matters: number and code, so that nobody has to type them again.
import { ref } from 'vue'

export interface Kept {
  number: string
  code: string
  says: string
  at: string
}

const KEY = 'yuzhi.my-matters'
const MOST = 50

function read(): Kept[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(found) ? (found as Kept[]).filter((one) => one.number && one.code) : []
  } catch {
    return []
  }
}

export const kept = ref(read())

function write(next: Kept[]): void {
  kept.value = next.slice(0, MOST)
  localStorage.setItem(KEY, JSON.stringify(kept.value))
}

export function keep(one: Kept): void {
  write([one, ...kept.value.filter((other) => other.number !== one.number)])
}

export function forget(number: string): void {
  write(kept.value.filter((one) => one.number !== number))
}
