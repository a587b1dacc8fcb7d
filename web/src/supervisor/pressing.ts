// Which steps press for a matter: those whose effect is to urge or to supervise, whatever a pack calls them.
import type { NewStep, Option } from '@/shared/matters'

const EFFECTS = ['urge', 'supervise']

export const pressing = (options: readonly Option[]): Option[] =>
  options.filter((one) => one.does?.some((effect) => EFFECTS.includes(effect)))

/** The reasons a step may be taken for in every one of several matters; none where any words will do. */
export function reasonsOf(lists: readonly (readonly Option[])[], step: string): string[] {
  const each = lists.map((list) => list.find((one) => one.step === step)?.reasons ?? [])
  const [first = [], ...others] = each.filter((one) => one.length)
  return first.filter((one) => others.every((list) => list.includes(one)))
}

/** A step's body with the reason that was given: one of a pack's by its name, any other as words. */
export function withReason(body: NewStep, reason: string, known: readonly string[]): NewStep {
  const said = reason.trim()
  if (!said) return body
  return known.includes(said) ? { ...body, reason: said } : { ...body, texts: { ...body.texts, reason: said } }
}
