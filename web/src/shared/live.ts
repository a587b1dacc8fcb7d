// News of matters as they change (server-sent events), read with fetch so that a header can sign in.
import { onScopeDispose, ref } from 'vue'
import { signing } from './signing'

/** What the stream tells of one entry; the OpenAPI document knows no streams. */
export interface Change {
  matter: string
  number: string
  procedure: string
  version: number
  step: string
  state: string
  at: string
}

interface Heard {
  id: string
  event: string
  data: string
}

const SHORTEST = 1_000
const LONGEST = 30_000
/** The server says every 15 s that it is still there: after three times that, nobody is at the other end. */
const SILENCE = 45_000

/** Split what came in into events, or places to go on from; what is not whole yet is handed back. */
export function readEvents(text: string): { events: Heard[]; rest: string } {
  const blocks = text.replaceAll('\r\n', '\n').split('\n\n')
  const rest = blocks.pop() ?? ''
  const events: Heard[] = []
  for (const block of blocks) {
    const heard: Heard = { id: '', event: 'message', data: '' }
    for (const line of block.split('\n')) {
      const [name, said] = split(line)
      if (name === 'id') heard.id = said
      else if (name === 'event') heard.event = said
      else if (name === 'data') heard.data += (heard.data ? '\n' : '') + said
    }
    if (heard.data || heard.id) events.push(heard)
  }
  return { events, rest }
}

function split(line: string): [string, string] {
  const at = line.indexOf(':')
  if (at < 0) return [line, '']
  return [line.slice(0, at), line.slice(at + 1).replace(/^ /, '')]
}

/**
 * Hear every change this post may see, for as long as the caller lives; comes back by itself, going on where it
 * was. `lostAt` is since when nothing is heard, for those who must say so.
 */
export function useChanges(hear: (change: Change) => void) {
  const isLive = ref(false)
  const lostAt = ref<number | null>(Date.now())
  const stop = new AbortController()
  let last = ''
  let wait = SHORTEST

  async function listen(): Promise<void> {
    const headers: Record<string, string> = { Accept: 'text/event-stream', ...signing.headers('GET') }
    if (last) headers['Last-Event-ID'] = last
    const silent = new AbortController()
    let watch = setTimeout(() => silent.abort(), SILENCE)
    try {
      await follow(headers, AbortSignal.any([stop.signal, silent.signal]), () => {
        clearTimeout(watch)
        watch = setTimeout(() => silent.abort(), SILENCE)
      })
    } finally {
      clearTimeout(watch)
    }
  }

  async function follow(headers: Record<string, string>, signal: AbortSignal, heard: () => void): Promise<void> {
    const response = await fetch('/api/v1/changes', { headers, signal })
    if (!response.ok || !response.body) throw new Error(`changes: ${response.status}`)
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    isLive.value = true
    lostAt.value = null
    wait = SHORTEST
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      heard()
      const found = readEvents(rest + value)
      rest = found.rest
      for (const one of found.events) {
        if (one.id) last = one.id
        if (one.event === 'matter' && one.data) hear(JSON.parse(one.data) as Change)
      }
    }
  }

  async function keep(): Promise<void> {
    while (!stop.signal.aborted) {
      await listen().catch(() => undefined)
      isLive.value = false
      lostAt.value ??= Date.now()
      if (stop.signal.aborted) return
      await new Promise((done) => setTimeout(done, wait))
      wait = Math.min(LONGEST, wait * 2)
    }
  }

  onScopeDispose(() => stop.abort())
  void keep()
  return { isLive, lostAt }
}
