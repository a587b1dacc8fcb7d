// A refusal as the screens know it: RFC 9457 problem details, or that nobody answered.
interface Told {
  code: string
  status: number
  title?: string
  detail?: string
  facts?: Record<string, unknown>
  retryAfter?: number
  cause?: unknown
}

export class Trouble extends Error {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly facts: Record<string, unknown>
  /** Seconds to wait before trying again, if the server said so. */
  readonly retryAfter: number

  constructor(told: Told) {
    super(told.title ?? told.code, { cause: told.cause })
    this.code = told.code
    this.status = told.status
    this.title = told.title ?? ''
    this.detail = told.detail ?? ''
    this.facts = told.facts ?? {}
    this.retryAfter = told.retryAfter ?? 0
  }

  /** Nobody answered: we are offline, or the server is. */
  get isUnreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 504
  }

  get isForbidden(): boolean {
    return this.status === 401 || this.status === 403
  }
}

export function troubleOf(error: unknown, response: Response): Trouble {
  const retryAfter = Number(response.headers.get('retry-after')) || 0
  if (typeof error === 'object' && error !== null && 'code' in error) {
    return new Trouble({ ...(error as Told), status: response.status, retryAfter })
  }
  return new Trouble({ code: `http.${response.status}`, status: response.status, retryAfter })
}

/** Return a caught value as Trouble, so that a page has one thing to show. */
export function asTrouble(caught: unknown): Trouble {
  return caught instanceof Trouble
    ? caught
    : new Trouble({ code: 'client.error', status: -1, title: '', cause: caught })
}
