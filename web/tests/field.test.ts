import { afterEach, expect, test, vi } from 'vitest'
import { areasOf, sheetOf } from '@/shared/map/sketch'
import { beginPatrol, cellOf, cornersOf, endPatrol, forgetPatrol, minutesOf, patrol, walkThrough } from '@/worker/cells'
import { firstSteps, patrolRecord } from '@/worker/reports'
import { apart, inWalkingOrder } from '@/worker/route'
import type { Procedure } from '@/shared/packs'

afterEach(() => {
  vi.useRealTimers()
  forgetPatrol()
})

test('tasks are walked to the nearest next, those whose place nobody knows last', () => {
  const stops = [
    { id: 'far', at: { lon: 121.6, lat: 29.8 } },
    { id: 'unknown' },
    { id: 'near', at: { lon: 121.51, lat: 29.8 } },
    { id: 'between', at: { lon: 121.55, lat: 29.8 } },
  ]
  const order = (from?: { lon: number; lat: number }) => inWalkingOrder(stops, from).map((one) => one.id)
  expect(order({ lon: 121.5, lat: 29.8 })).toEqual(['near', 'between', 'far', 'unknown'])
  expect(order()).toEqual(['far', 'between', 'near', 'unknown'])
  expect(inWalkingOrder([])).toEqual([])
})

test('a thousandth of a degree northwards is about 111 metres', () => {
  expect(apart({ lon: 121.5, lat: 29.8 }, { lon: 121.5, lat: 29.801 })).toBeCloseTo(111.2, 0)
  expect(apart({ lon: 121.5, lat: 29.8 }, { lon: 121.501, lat: 29.8 })).toBeCloseTo(96.5, 0)
})

test('a patrol keeps cells and nothing finer, outlives the screen, and is forgotten when recorded', () => {
  vi.useFakeTimers({ now: new Date('2026-03-02T09:00:00+08:00') })
  beginPatrol()
  for (const lon of [121.5001, 121.5002, 121.5013]) walkThrough(cellOf(lon, 29.80049))
  expect(patrol.value?.cells).toHaveLength(2)
  const written = localStorage.getItem('yuzhi.patrol') ?? ''
  expect(written).not.toContain('121.5')
  expect(written).not.toContain('29.80')
  vi.advanceTimersByTime(25 * 60_000)
  endPatrol()
  walkThrough(cellOf(121.6, 29.9))
  expect(patrol.value && [patrol.value.cells.length, minutesOf(patrol.value)]).toEqual([2, 25])
  forgetPatrol()
  expect(localStorage.getItem('yuzhi.patrol')).toBeNull()
})

test('a cell has its corners where it lies', () => {
  const [southWest, northEast] = cornersOf(cellOf(121.5005, 29.8005))
  expect(southWest.lon).toBeCloseTo(121.5)
  expect(northEast.lat).toBeCloseTo(29.801)
})

test('what records a patrol is found by what its form asks, not by name', () => {
  const step = {
    name: 'done', sources: ['out'], to: 'over', duties: ['walker'], does: ['resolve'], form: 'walk', needs: [], texts: [],
    reasons: [], reason: false, outcomes: [], bulk: false,
  }
  const pack = (cells: object) =>
    ({
      definition: { name: 'walk', starts: 'out', ends: ['over'], steps: [step] },
      forms: { walk: { properties: cells } },
    }) as unknown as Procedure
  expect(firstSteps(pack({}), ['walker'])).toHaveLength(1)
  expect(patrolRecord([pack({}), pack({ cells_covered: {} })], ['walker'])).toEqual({ procedure: 'walk', step: 'done' })
  expect(patrolRecord([pack({ cells_covered: {} })], ['desk'])).toBeUndefined()
})

test('territories are drawn to fill a sheet, north up', () => {
  const ring = [[121, 29], [122, 29], [122, 30], [121, 30], [121, 29]]
  const collection = {
    type: 'FeatureCollection' as const,
    features: [
      { type: 'Feature' as const, properties: { code: '1', name: '一' }, geometry: { type: 'Polygon' as const, coordinates: [ring] } },
    ],
  }
  const sheet = sheetOf(ring.map(([lon = 0, lat = 0]) => ({ lon, lat })))
  expect(sheet.height).toBeGreaterThan(sheet.width)
  const [area] = areasOf(collection, sheet)
  expect(area?.path).toMatch(/^M[\d.]+ [\d.]+L.*Z$/)
  const [, top] = sheet.to({ lon: 121, lat: 30 })
  const [, bottom] = sheet.to({ lon: 121, lat: 29 })
  expect(top).toBeLessThan(bottom)
  expect(area?.middle[0]).toBeCloseTo(sheet.width / 2)
})
