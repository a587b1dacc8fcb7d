// The facts of a journal entry as one line each, in words of packs and names of units.
import type { Entry } from '@/shared/matters'

export interface Told {
  /** Key below `desk.fact`. */
  key: string
  values: Record<string, string>
}

interface Sayer {
  say: (section: string, name: string) => string
  unit: (code: string) => string
}

type Fact = Record<string, unknown>

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')

const TELL: Record<string, (fact: Fact, by: Sayer) => Told | undefined> = {
  step_taken: (fact, { say }) => {
    if (!fact.entered || fact.entered === fact.left) return undefined
    return { key: 'entered', values: { state: say('state', text(fact.entered)) } }
  },
  opened: (fact, { say }) => ({ key: 'entered', values: { state: say('state', text(fact.state)) } }),
  assigned: (fact, { unit, say }) => ({
    key: fact.role === 'lead' ? 'lead' : 'co_handler',
    values: { unit: unit(text(fact.unit)), role: say('role', text(fact.role)) },
  }),
  resolved: (fact, { say }) => ({ key: 'outcome', values: { outcome: say('outcome', text(fact.outcome)) } }),
  clock_breached: (fact, { say }) => ({ key: 'breached', values: { clock: say('clock', text(fact.clock)) } }),
  escalated: (fact, { unit }) => ({ key: 'escalated', values: { unit: unit(text(fact.unit)) } }),
}

/** Return what an entry's facts say to people; facts that say nothing new are left out. */
export function tellFacts(entry: Pick<Entry, 'facts'>, by: Sayer): Told[] {
  const told = entry.facts.map((fact) => TELL[text(fact.fact)]?.(fact, by))
  return told.filter((one): one is Told => one !== undefined)
}

/** Return the words an entry brought, by the name of the text. */
export function textsOf(entry: Pick<Entry, 'facts'>): [string, string][] {
  const found = entry.facts.flatMap((fact) => {
    const texts = fact.texts
    return texts && typeof texts === 'object' ? Object.entries(texts as Record<string, unknown>) : []
  })
  return found.flatMap(([name, value]) => (typeof value === 'string' && value ? [[name, value]] : []))
}

/** Return the reason an entry gives, by its name in the pack; empty if there is none. */
export function reasonOf(entry: Pick<Entry, 'facts'>): string {
  return text(entry.facts.find((fact) => fact.fact === 'step_taken')?.reason)
}
