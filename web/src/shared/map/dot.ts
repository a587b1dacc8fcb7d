// A point on the map that stands for one thing or several.
export interface Dot {
  lon: number
  lat: number
  id: string
  label: string
  tone: 'red' | 'amber' | 'green' | 'plain'
  count: number
  /** Of several things: how many are late, how many soon due. */
  late?: number
  soon?: number
}
