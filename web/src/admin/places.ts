// The screens of administration and the powers that open them; none named is open to every post.
export interface Place {
  name: string
  powers: string[]
}

export const PLACES: Place[] = [
  { name: 'units', powers: ['people.manage'] },
  { name: 'people', powers: ['people.manage'] },
  { name: 'accounts', powers: ['accounts.manage'] },
  { name: 'import', powers: ['people.manage'] },
  { name: 'packs', powers: [] },
  { name: 'calendar', powers: [] },
  { name: 'policies', powers: ['policies.manage'] },
  { name: 'deliveries', powers: [] },
  { name: 'traces', powers: ['traces.read'] },
  { name: 'system', powers: ['system.read'] },
]

export function mayEnter(place: Place, held: ReadonlySet<string>): boolean {
  return !place.powers.length || place.powers.some((one) => held.has(one))
}
