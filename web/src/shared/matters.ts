// Matters as the screens ask for them. What may be done comes from `options`; nothing is worked out here.
import { api, got, type Schemas } from './api/client'

export type Matter = Schemas['MatterView']
export type Row = Schemas['RowView']
export type Option = Schemas['Option']
export type Entry = Schemas['EntryView']
type Given = Schemas['NewMatter']
export type NewMatter = Partial<Omit<Given, 'requester'>> &
  Pick<Given, 'procedure' | 'kind' | 'subject'> & { requester?: Partial<NonNullable<Given['requester']>> | null }
export type NewStep = Partial<Schemas['NewStep']>
export type Opened = Schemas['OpenedAnswer']

const of = (matter: string) => ({ params: { path: { matter } } })

export const openMatter = (body: NewMatter, key: string): Promise<Opened> =>
  got(
    api.POST('/api/v1/matters', {
      params: { header: { 'Idempotency-Key': key } },
      body: body as Schemas['NewMatter'],
    }),
  ) as Promise<Opened>

export const matterOf = (matter: string): Promise<Matter> =>
  got(api.GET('/api/v1/matters/{matter}', of(matter)))

/** What may be done with a matter, and in words why not the rest. */
export const mayDo = (matter: string): Promise<Schemas['OptionsView']> =>
  got(api.GET('/api/v1/matters/{matter}/options', of(matter)))

export const optionsOf = async (matter: string): Promise<Option[]> =>
  (await mayDo(matter)).options

export const journalOf = async (matter: string): Promise<Entry[]> =>
  (await got(api.GET('/api/v1/matters/{matter}/journal', of(matter)))).entries

export const relationsOf = (matter: string): Promise<Schemas['RelationsView']> =>
  got(api.GET('/api/v1/matters/{matter}/relations', of(matter)))

export const takeStep = (matter: string, step: string, body: NewStep): Promise<Matter> =>
  got(
    api.POST('/api/v1/matters/{matter}/steps/{step}', {
      params: { path: { matter, step } },
      body: body as Schemas['NewStep'],
    }),
  )
