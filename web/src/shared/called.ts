// What territories and units are called. Codes asked for in one breath go out as one question.
import { reactive } from 'vue'
import { api, got } from './api/client'

type Kind = 'territories' | 'units'

const known: Record<Kind, Record<string, string>> = reactive({ territories: {}, units: {} })
const wanted: Record<Kind, Set<string>> = { territories: new Set(), units: new Set() }
const asked: Record<Kind, Set<string>> = { territories: new Set(), units: new Set() }
const MOST = 150
let isPlanned = false

async function ask(): Promise<void> {
  isPlanned = false
  while (wanted.territories.size || wanted.units.size) {
    const query = { territories: take('territories'), units: take('units') }
    const found = await got(api.GET('/api/v1/called', { params: { query } })).catch(() => null)
    if (!found) return
    Object.assign(known.territories, found.territories)
    Object.assign(known.units, found.units)
  }
}

function take(kind: Kind): string[] {
  const codes = [...wanted[kind]].slice(0, MOST)
  for (const code of codes) wanted[kind].delete(code)
  return codes
}

function name(kind: Kind, code: string): string {
  if (!code) return ''
  const found = known[kind][code]
  if (found !== undefined) return found
  if (!asked[kind].has(code)) {
    asked[kind].add(code)
    wanted[kind].add(code)
    if (!isPlanned) {
      isPlanned = true
      queueMicrotask(() => setTimeout(() => void ask(), 0))
    }
  }
  return code
}

/** A territory from the top down; its code until the name is here. */
export const placeName = (code: string): string => name('territories', code)
export const unitName = (code: string): string => name('units', code)
