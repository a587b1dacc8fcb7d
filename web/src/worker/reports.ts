// What may be reported, and what may be done with it in the same act: read from the definitions of packs.
import type { Option } from '@/shared/matters'
import type { Procedure } from '@/shared/packs'

/** Channels of work in the field, the best first. */
const FIELD = ['patrol', 'mobile']

/** The field of a form that takes how many cells a patrol walked through. */
export const CELLS = 'cells_covered'

export function fieldChannel(channels: readonly string[]): string {
  return FIELD.find((one) => channels.includes(one)) ?? ''
}

/** Return what is reported most from the field: a procedure whose first channel that is, with categories. */
export function usual(packs: readonly Procedure[]): string {
  const known = packs.filter((one) => one.categories.length)
  const first = known.find((one) => FIELD.includes(one.definition.opening.channels[0] ?? ''))
  return (first ?? known[0] ?? packs[0])?.definition.name ?? ''
}

/** Return the steps that `duties` may take at once after opening, as options; the server has the last word. */
export function firstSteps(pack: Procedure, duties: readonly string[]): Option[] {
  const { starts, ends, steps } = pack.definition
  return steps
    .filter((one) => one.sources.includes(starts) && one.duties.some((duty) => duties.includes(duty)))
    .filter((one) => ends.includes(one.to) && !one.does.includes('link'))
    .map((one) => ({
      step: one.name, is_allowed: true, to: one.to, form: one.form, needs: one.needs, texts: one.texts,
      reasons: one.reasons, needs_reason: one.reason, outcomes: one.outcomes, does: one.does, opens: [], why_not: '',
    }))
}

/** Return what records a patrol: a procedure and the step whose form asks how many cells were walked. */
export function patrolRecord(packs: readonly Procedure[], duties: readonly string[]): { procedure: string; step: string } | undefined {
  for (const pack of packs) {
    const step = firstSteps(pack, duties).find((one) => {
      const form = pack.forms[one.form] as { properties?: Record<string, unknown> } | undefined
      return Boolean(form?.properties && CELLS in form.properties)
    })
    if (step) return { procedure: pack.definition.name, step: step.step }
  }
  return undefined
}

/** Return a title for a report: its category or kind, and the place. */
export function titleFor(what: string, words: string, place: string): string {
  return [what || words.slice(0, 30), place].filter(Boolean).join(' · ').slice(0, 100)
}
