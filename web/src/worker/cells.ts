// A patrol kept as the cells it went through. Positions themselves are forgotten at once.
const SIZE = 0.001 // degrees: about a hundred metres

export function cellOf(lon: number, lat: number): string {
  return `${Math.floor(lon / SIZE)}/${Math.floor(lat / SIZE)}`
}
