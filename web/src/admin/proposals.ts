// How a proposal stands, who may decide on it, and its difference line by line.
import type { Schemas } from '@/shared/api/client'

type Proposal = Pick<Schemas['ProposalView'], 'decision' | 'proposed_by'>

export function standingOf(proposal: Pick<Proposal, 'decision'>): 'good' | 'bad' | 'warn' {
  if (!proposal.decision) return 'warn'
  return proposal.decision === 'approved' ? 'good' : 'bad'
}

export type MayDecide = 'decided' | 'own' | 'no_power' | 'yes'

/** Whether somebody may approve: what nobody has decided, and somebody else proposed. */
export function mayApprove(proposal: Proposal, person: string, held: ReadonlySet<string>): MayDecide {
  if (proposal.decision) return 'decided'
  if (!held.has('packs.approve')) return 'no_power'
  return proposal.proposed_by === `person:${person}` ? 'own' : 'yes'
}

export type Mark = 'head' | 'goes' | 'comes' | 'differs' | 'gap' | 'same'

export interface Line {
  mark: Mark
  text: string
}

const MARKS: Record<string, Mark> = { '#': 'head', '-': 'goes', '+': 'comes', '~': 'differs', ' ': 'same' }

/** The lines of a difference, each with what it is; where lines were left out there is a gap. */
export function linesOf(text: string): Line[] {
  return text.split('\n').flatMap((line): Line[] => {
    if (!line.trim()) return []
    if (line.startsWith('@@')) return [{ mark: 'gap', text: '…' }]
    const mark = MARKS[line[0] ?? ''] ?? 'same'
    return [{ mark, text: line.slice(1).trim() }]
  })
}
