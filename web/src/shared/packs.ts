// What packs say: the procedures in force, their words, forms and catalogues, in the reader's language.
import { shallowReactive, watch } from 'vue'
import { api, got, type Schemas } from './api/client'
import { language } from './i18n'

export type Procedure = Omit<Schemas['ProcedureView'], 'definition'> & { definition: Definition }
export type Line = Schemas['ProcedureLine']

/** What screens read of a definition; the rest is the engine's business. */
export interface Definition {
  name: string
  pack: string
  version: string
  states: string[]
  ends: string[]
  starts: string
  opening: {
    kinds: string[]
    channels: string[]
    urgencies: string[]
    form: string
    needs: string[]
    duties: string[]
  }
  steps: StepDefinition[]
}

export interface StepDefinition {
  name: string
  sources: string[]
  to: string
  duties: string[]
  does: string[]
  form: string
  needs: string[]
  texts: string[]
  reasons: string[]
  reason: boolean
  outcomes: string[]
  bulk: boolean
}

const known = shallowReactive(new Map<string, Procedure>())
const asking = new Map<string, Promise<Procedure>>()

watch(language, () => {
  known.clear()
  asking.clear()
})

const key = (name: string, version?: string): string => `${name}@${version ?? ''}`

export async function procedure(name: string, version?: string): Promise<Procedure> {
  const at = key(name, version)
  let asked = asking.get(at)
  if (!asked) {
    const params = { path: { name }, query: version ? { version } : {} }
    asked = got(api.GET('/api/v1/procedures/{name}', { params })) as unknown as Promise<Procedure>
    asking.set(at, asked)
    asked.then((found) => known.set(at, found)).catch(() => asking.delete(at))
  }
  return asked
}

export async function procedures(): Promise<Line[]> {
  return (await got(api.GET('/api/v1/procedures'))).procedures
}

/** The word of a name, such as `state`, `handling`; the name itself until its pack is here. */
export function word(of: string, section: string, name: string, version?: string): string {
  if (!name) return ''
  const found = known.get(key(of, version))
  if (!found) {
    void procedure(of, version).catch(() => undefined)
    return name
  }
  if (section === 'category') return found.categories.find((one) => one.code === name)?.title ?? name
  return found.words[`${section}.${name}`] ?? name
}

/** Return the name of the procedure that takes most sorts of things: what to begin with when nothing is known. */
export function broadest(packs: readonly Pick<Procedure, 'definition' | 'categories'>[]): string {
  const [first] = [...packs].sort((one, other) => other.categories.length - one.categories.length)
  return first?.definition.name ?? ''
}

/** Say whether a procedure lets parties act: only then are there parties to show. */
export function hasParties(pack: Pick<Procedure, 'definition'>): boolean {
  return pack.definition.steps.some((one) => one.duties.includes('party'))
}
