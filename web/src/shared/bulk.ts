// Steps that may be taken for several matters at once: those every one of them offers, as their pack says.
import type { Option } from '@/shared/matters'

/** Return the steps that each list of options allows, by the first one's wording of what they ask for. */
export function offeredByAll(lists: readonly (readonly Option[])[]): Option[] {
  const [first, ...others] = lists
  if (!first) return []
  return first.filter(
    (one) =>
      one.is_allowed &&
      others.every((list) => list.some((other) => other.step === one.step && other.is_allowed)),
  )
}
