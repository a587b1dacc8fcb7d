// What the device keeps: items that wait to be sent, their files, and nothing else.
import Dexie, { type EntityTable } from 'dexie'
import type { Schemas } from '@/shared/api/client'
import type { NewMatter, NewStep } from '@/shared/matters'

export type State = 'waiting' | 'done' | 'refused'

/** Something done in the field, as the batch API takes it. */
export interface Done {
  open?: NewMatter
  then?: { step: string; ask: NewStep }
  matter?: string
  step?: string
  ask?: NewStep
}

export interface Kept {
  id: string
  no?: number
  post: string
  at: string
  title: string
  done: Done
  state: State
  number: string
  matter: string
  says: string
  advice: string
}

export interface KeptFile {
  id: string
  content: Blob
  /** Its name on the server, once it is there. */
  sent: string
}

class Store extends Dexie {
  items!: EntityTable<Kept, 'id'>
  files!: EntityTable<KeptFile, 'id'>

  constructor() {
    super('yuzhi-worker')
    this.version(1).stores({ items: 'id, state, [post+state], at', files: 'id' })
  }
}

export const store = new Store()
export const LOCAL = 'local:'

export async function keepFile(content: Blob): Promise<{ file: string }> {
  const id = `${LOCAL}${crypto.randomUUID()}`
  await store.files.add({ id, content, sent: '' })
  return { file: id }
}

/** Keep what was done. Its time strictly follows that of what was kept before, so that the order stays. */
export async function keep(post: string, title: string, done: Done): Promise<Kept> {
  const last = await store.items.orderBy('at').last()
  const now = Math.max(Date.now(), last ? new Date(last.at).getTime() + 1 : 0)
  const kept: Kept = {
    id: crypto.randomUUID(), post, at: new Date(now).toISOString(), title,
    done: JSON.parse(JSON.stringify(done)) as Done, // the database takes plain values, no reactive ones
    state: 'waiting', number: '', matter: '', says: '', advice: '',
  }
  await store.items.add(kept)
  return kept
}

export type ItemAnswer = Schemas['ItemView']
