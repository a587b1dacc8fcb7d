// What a step asks for, read from its option. Which steps there are, and who may take them, is not known here.
import type { Matter, NewStep, Option } from '../matters'

/** The parts of a step's form. Each names what the API takes for it. */
export interface Asks {
  outcome: boolean
  verdict: boolean
  units: boolean
  classify: boolean
  place: boolean
  amount: boolean
  target: boolean
  handOver: boolean
  reason: 'none' | 'choice' | 'words'
}

/** What helps with a step beyond its form: a draft, a check before it is sent, a matter that is meant. */
export interface StepHelp {
  draft?: string
  target?: string
  weigh?: (reply: string) => Promise<string>
}

/** Return the texts of a step by which whoever asked is answered: those of a step that settles the matter. */
export function repliesOf(option: Option): readonly string[] {
  return option.does.includes('resolve') ? option.texts : []
}

const BY_EFFECT: Record<string, Partial<Asks>> = {
  assign: { units: true },
  verdict: { verdict: true },
  classify: { classify: true },
  place: { place: true },
  extend: { amount: true },
  link: { target: true },
}

export function asksOf(option: Option): Asks {
  const asks: Asks = {
    outcome: option.outcomes.length > 1,
    verdict: false,
    units: false,
    classify: false,
    place: false,
    amount: false,
    target: false,
    handOver: option.opens.length > 0,
    reason: option.reasons.length ? 'choice' : option.needs_reason ? 'words' : 'none',
  }
  for (const effect of option.does) Object.assign(asks, BY_EFFECT[effect])
  return asks
}

/** Return a step's body with what goes without saying: the only outcome, the entries that were seen. */
export function begun(option: Option, matter: Pick<Matter, 'version'>): NewStep {
  const body: NewStep = { version: matter.version, texts: {}, form: {}, attachments: [] }
  if (option.outcomes.length === 1) body.outcome = option.outcomes[0]
  return body
}

/** Return the first thing that is missing, by the key of its label; empty if nothing is. */
export function missing(option: Option, body: NewStep): string {
  const asks = asksOf(option)
  if (asks.outcome && !body.outcome) return 'outcome'
  if (asks.reason !== 'none' && !body.reason?.trim()) return 'reason'
  if (asks.verdict && !body.satisfaction) return 'satisfaction'
  if (asks.verdict && typeof body.solved !== 'boolean') return 'solved'
  if (asks.units && !body.lead && !body.co_handlers?.length) return 'lead'
  if (asks.amount && !body.amount?.trim()) return 'amount'
  if (option.opens.length > 1 && !body.hand_over?.procedure) return 'hand_over'
  if (asks.target && !body.target?.trim()) return 'target'
  const text = option.texts.find((name) => !body.texts?.[name]?.trim())
  if (text) return `text.${text}`
  const kinds = new Set((body.attachments ?? []).map((one) => one.kind))
  const need = option.needs.find((kind) => !kinds.has(kind))
  return need ? `evidence.${need}` : ''
}
