// Looking up policy answers by what somebody asks in their own words.
import { api, got, type Schemas } from '@/shared/api/client'

export type FoundAnswer = Schemas['FoundPolicy']

/** Fewer signs than this are no question yet. */
const LEAST = 4
const MOST_ASKED = 200

export async function answersTo(words: string, topic = '', most = 10): Promise<FoundAnswer[]> {
  const query = { q: words.trim().slice(0, MOST_ASKED), topic, most }
  return (await got(api.GET('/api/v1/public/policies/search', { params: { query } }))).found
}

/** Return what may already be answered of something being written; nothing while there is too little of it. */
export async function answersWhile(words: string): Promise<FoundAnswer[]> {
  return [...words.trim()].length < LEAST ? [] : answersTo(words, '', 2).catch(() => [])
}

/** Return the question in pieces, those asked for marked, where any was. */
export function marked(found: FoundAnswer): Schemas['PieceView'][] | undefined {
  return found.passages.find((one) => one.name === 'question')?.pieces
}
