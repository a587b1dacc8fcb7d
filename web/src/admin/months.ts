// A year as it counts, in months of weeks that begin on Monday.
import type { Schemas } from '@/shared/api/client'

type Stated = Schemas['StatedDay']

export interface Day {
  on: string
  number: number
  isWorkday: boolean
  /** Set apart from Monday to Friday: by which name and which file. */
  stated?: Stated
}

export interface Month {
  number: number
  /** Empty places before the first day. */
  before: number
  days: Day[]
}

const two = (one: number): string => String(one).padStart(2, '0')

export function monthsOf(year: number, stated: readonly Stated[]): Month[] {
  const known = new Map(stated.map((one) => [one.day, one]))
  return Array.from({ length: 12 }, (_, place): Month => {
    const many = new Date(Date.UTC(year, place + 1, 0)).getUTCDate()
    const weekday = (number: number): number => (new Date(Date.UTC(year, place, number)).getUTCDay() + 6) % 7
    const days = Array.from({ length: many }, (_none, index): Day => {
      const on = `${year}-${two(place + 1)}-${two(index + 1)}`
      const told = known.get(on)
      return { on, number: index + 1, isWorkday: told ? told.is_workday : weekday(index + 1) < 5, stated: told }
    })
    return { number: place + 1, before: weekday(1), days }
  })
}
