// The one way to our API: typed by its own document, refusals thrown as Trouble.
import createClient, { type Middleware } from 'openapi-fetch'
import { apiLanguage } from '../i18n'
import { signing } from '../signing'
import type { components, paths } from './schema'
import { Trouble, troubleOf } from './trouble'

export type Schemas = components['schemas']

const signed: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', apiLanguage())
    for (const [name, value] of Object.entries(signing.headers(request.method))) {
      request.headers.set(name, value)
    }
    return signing.isWithheld ? new Request(request, { credentials: 'omit' }) : request
  },
  onError({ error }) {
    return new Trouble({ code: 'client.unreachable', status: 0, cause: error })
  },
}

export const api = createClient<paths>({ baseUrl: '/', fetch: (request) => globalThis.fetch(request) })
api.use(signed)

const credentials = (): RequestCredentials => (signing.isWithheld ? 'omit' : 'same-origin')

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Return what was answered; throw Trouble for a refusal. */
export async function got<T>(asked: Promise<Answer<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await asked
  if (!response.ok || data === undefined || data === null) throw troubleOf(error, response)
  return data as NonNullable<T>
}

/** Wait for something that answers without words; throw Trouble for a refusal. */
export async function done(asked: Promise<Answer<unknown>>): Promise<void> {
  const { error, response } = await asked
  if (!response.ok) throw troubleOf(error, response)
}

/** Put a file in, and return the name under which a matter or a step may refer to it. */
export async function putFile(content: Blob): Promise<Schemas['FileView']> {
  const headers = { 'Accept-Language': apiLanguage(), ...signing.headers('POST') }
  let response: Response
  try {
    response = await fetch('/api/v1/files', { method: 'POST', body: content, headers, credentials: credentials() })
  } catch (cause) {
    throw new Trouble({ code: 'client.unreachable', status: 0, cause })
  }
  const answer: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw troubleOf(answer, response)
  return answer as Schemas['FileView']
}

/** Send a file as it is to where it is read at once: a list, an archive. */
export async function sendFile<T>(path: string, content: Blob): Promise<T> {
  const headers = { 'Accept-Language': apiLanguage(), ...signing.headers('POST') }
  const sent = { method: 'POST', body: content, headers, credentials: credentials() }
  const response = await fetch(path, sent).catch((cause: unknown) => {
    throw new Trouble({ code: 'client.unreachable', status: 0, cause })
  })
  const answer: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw troubleOf(answer, response)
  return answer as T
}

/** Fetch something that is shown as it is: a picture, a drawing, a file. */
export async function fetchBlob(path: string): Promise<Blob> {
  return (await fetchFile(path)).content
}

/** Fetch a file with the headers that name and describe it. */
export async function fetchFile(
  path: string,
  method: 'GET' | 'POST' = 'GET',
): Promise<{ content: Blob; headers: Headers }> {
  const asked = { 'Accept-Language': apiLanguage(), ...signing.headers(method) }
  const response = await fetch(path, { method, headers: asked, credentials: credentials() }).catch((cause: unknown) => {
    throw new Trouble({ code: 'client.unreachable', status: 0, cause })
  })
  if (!response.ok) throw troubleOf(await response.json().catch(() => undefined), response)
  return { content: await response.blob(), headers: response.headers }
}
