// The tree of units as it is opened branch by branch.
import type { Schemas } from '@/shared/api/client'

export type UnitRow = Schemas['UnitRow']

export interface Branch {
  unit: UnitRow
  depth: number
  isOpen: boolean
}

/** The rows to show: each unit, and after an opened one those under it. A circle is shown once. */
export function branches(
  under: ReadonlyMap<string, readonly UnitRow[]>, opened: ReadonlySet<string>, root = '', depth = 0,
  seen: ReadonlySet<string> = new Set(),
): Branch[] {
  return (under.get(root) ?? []).flatMap((unit) => {
    if (seen.has(unit.code)) return []
    const isOpen = opened.has(unit.code)
    const below = isOpen ? branches(under, opened, unit.code, depth + 1, new Set([...seen, unit.code])) : []
    return [{ unit, depth, isOpen }, ...below]
  })
}

/** Whether something bounded by days counts on a day; the last day is left out. */
export function isValid(one: { valid_from?: string | null; valid_to?: string | null }, on: string): boolean {
  return (!one.valid_from || one.valid_from <= on) && (!one.valid_to || on < one.valid_to)
}

/** A number that is free: of a post, a deputy, a shift that has none yet. */
export function freshId(kind: string, now = Date.now(), chance = Math.random()): string {
  return `${kind}-${now.toString(36)}${Math.floor(chance * 1296).toString(36).padStart(2, '0')}`
}

/** Today by the reader's own clock, as dates are written. */
export function today(now = new Date()): string {
  const two = (one: number): string => String(one).padStart(2, '0')
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}

/** What a field for an instant holds, as an instant with its offset; nothing if it holds none. */
export function instantOf(local: string): string | null {
  const at = local ? new Date(local) : null
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : null
}
