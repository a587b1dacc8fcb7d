// Who this browser speaks for, as headers. Kept apart from the session so that the client need not know it.
const TRIAL = 'yuzhi.trial-post'
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

class Signing {
  csrf = ''
  /** The resident's own screens never speak for a post, even where one of the staff is signed in. */
  isResident = false
  isStaff = false

  get isWithheld(): boolean {
    return this.isResident && this.isStaff
  }

  /** The post acted as on a development machine, where a header signs in; empty anywhere else. */
  get trialPost(): string {
    return sessionStorage.getItem(TRIAL) ?? ''
  }

  set trialPost(post: string) {
    if (post) sessionStorage.setItem(TRIAL, post)
    else sessionStorage.removeItem(TRIAL)
  }

  headers(method: string): Record<string, string> {
    const found: Record<string, string> = {}
    if (this.isWithheld) return found
    if (this.trialPost && !this.isResident) found['X-Yuzhi-Post'] = this.trialPost
    if (this.csrf && !SAFE.has(method.toUpperCase())) found['X-CSRF-Token'] = this.csrf
    return found
  }
}

export const signing = new Signing()
