// A call as the operator's screen has it, and how it is sent: in one request.
import { api, got, type Schemas } from '@/shared/api/client'
import type { Values } from '@/shared/forms/values'
import type { NewMatter } from '@/shared/matters'

export type CallOptions = Schemas['CallOptions']
export type CallOpened = Schemas['CallOpened']

/** What a call is merged into: a matter or a hot issue, and how it is called on the screen. */
export interface Target {
  id: string
  label: string
}

export interface Call {
  matter: NewMatter
  person: { name: string; phone: string; address: string }
  values: Values
  reply: string
  into: Target | null
  lead: string
  /** What was taken from a suggestion, by field: only that may another suggestion replace. */
  taken: Record<string, string>
}

export function emptyCall(procedure: string, kept: Partial<NewMatter> = {}): Call {
  return {
    matter: { procedure, kind: '', subject: '', detail: '', place_words: '', ...kept },
    person: { name: '', phone: '', address: '' },
    values: {},
    reply: '',
    into: null,
    lead: '',
    taken: {},
  }
}

/** Say whether anything was written down that would be a pity to lose. */
export function isBegun(call: Call): boolean {
  const { matter, person, reply } = call
  return [matter.subject, matter.detail, matter.place_words, reply, ...Object.values(person)].some((one) => one?.trim())
}

export async function sendCall(call: Call, draft: string): Promise<CallOpened> {
  const { name, phone, address } = call.person
  const requester = name || phone || address ? { name, phone, address } : null
  const body = {
    matter: { ...call.matter, form: call.values, requester },
    reply: call.reply.trim(),
    merge_into: call.into?.id ?? '',
    lead: call.lead,
    draft,
  }
  return got(api.POST('/api/v1/calls', { body: body as unknown as Schemas['NewCall'] }))
}

export const callOptions = (procedure: string): Promise<CallOptions> =>
  got(api.GET('/api/v1/calls/options', { params: { query: { procedure } } }))
