// A journal as a story: when what was done, and where the matter came to stand by it.
import type { Entry, Matter } from '@/shared/matters'

export interface StoryLine {
  seq: number
  at: string
  step: string
  state: string
  isOpening: boolean
}

export function storyOf(entries: readonly Entry[], _matter: Pick<Matter, 'state'>): StoryLine[] {
  const lines: StoryLine[] = []
  for (const entry of entries) {
    const opened = entry.facts.find((fact) => fact.fact === 'opened')
    const stepped = entry.facts.find((fact) => fact.fact === 'step_taken')
    if (!opened && !stepped) continue
    const entered = String((opened ? opened.state : stepped?.entered) ?? '')
    const left = String(stepped?.left ?? '')
    lines.push({
      seq: entry.seq,
      at: entry.at,
      step: entry.step,
      state: entered === left ? '' : entered,
      isOpening: Boolean(opened),
    })
  }
  return lines.reverse()
}
