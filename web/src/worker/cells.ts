// A patrol kept as the cells it went through. Positions themselves are forgotten at once.
import { ref } from 'vue'
import type { At } from '@/shared/map/sketch'

const SIZE = 0.001 // degrees: about a hundred metres
const KEPT = 'yuzhi.patrol'

export interface Patrol {
  startedAt: number
  /** Absent while it lasts. */
  endedAt?: number
  cells: string[]
}

export function cellOf(lon: number, lat: number): string {
  return `${Math.floor(lon / SIZE)}/${Math.floor(lat / SIZE)}`
}

/** Return the south-western and north-eastern corner of a cell. */
export function cornersOf(cell: string): [At, At] {
  const [x = 0, y = 0] = cell.split('/').map(Number)
  return [
    { lon: x * SIZE, lat: y * SIZE },
    { lon: (x + 1) * SIZE, lat: (y + 1) * SIZE },
  ]
}

function read(): Patrol | undefined {
  try {
    return (JSON.parse(localStorage.getItem(KEPT) ?? 'null') as Patrol | null) ?? undefined
  } catch {
    return undefined
  }
}

/** The patrol that lasts, or the last one until it is recorded: also after the screen was closed. */
export const patrol = ref(read())

function write(next: Patrol | undefined): void {
  patrol.value = next
  if (next) localStorage.setItem(KEPT, JSON.stringify(next))
  else localStorage.removeItem(KEPT)
}

export function beginPatrol(): void {
  write({ startedAt: Date.now(), cells: [] })
}

export function walkThrough(cell: string): void {
  const now = patrol.value
  if (now && !now.endedAt && !now.cells.includes(cell)) write({ ...now, cells: [...now.cells, cell] })
}

export function endPatrol(): void {
  if (patrol.value) write({ ...patrol.value, endedAt: Date.now() })
}

export function forgetPatrol(): void {
  write(undefined)
}

/** Return how many minutes a patrol has lasted, at least one. */
export function minutesOf(one: Patrol, now = Date.now()): number {
  return Math.max(1, Math.round(((one.endedAt ?? now) - one.startedAt) / 60_000))
}
