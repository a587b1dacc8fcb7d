// Territories, points and cells as plain drawing: a map of a few kilobytes, for phones on slow lines.
import type GeoJSON from 'geojson'

export interface At {
  lon: number
  lat: number
}

export interface Area {
  code: string
  name: string
  path: string
  middle: [x: number, y: number]
}

export interface Sheet {
  width: number
  height: number
  to: (at: At) => [x: number, y: number]
}

const WIDTH = 1000
const EDGE = 40
const LEAST = 0.005 // degrees: about half a kilometre

/** Return a sheet on which all of some positions find place; degrees of longitude are narrower up north. */
export function sheetOf(positions: readonly At[]): Sheet {
  const lons = positions.map((one) => one.lon)
  const lats = positions.map((one) => one.lat)
  const [west, east, south, north] = positions.length
    ? [least(lons), -least(lons.map((one) => -one)), least(lats), -least(lats.map((one) => -one))]
    : [0, 1, 0, 1]
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180)
  const long = Math.max((east - west) * narrow, north - south, LEAST)
  // Never a mere strip: what lies in a row has room above and below.
  const across = Math.max((east - west) * narrow, long / 2)
  const up = Math.max(north - south, long / 2)
  const scale = WIDTH / long
  const width = across * scale + 2 * EDGE
  const height = up * scale + 2 * EDGE
  return {
    width,
    height,
    to: ({ lon, lat }) => [
      width / 2 + (lon - (west + east) / 2) * narrow * scale,
      height / 2 + ((south + north) / 2 - lat) * scale,
    ],
  }
}

const least = (values: readonly number[]): number => values.reduce((one, other) => Math.min(one, other), Infinity)

/** Return every position of an outline, ring by ring. */
export function ringsOf(geometry: GeoJSON.Geometry): At[][] {
  const polygons =
    geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : []
  return polygons.flat().map((ring) => ring.map(([lon = 0, lat = 0]) => ({ lon, lat })))
}

export function areasOf(collection: GeoJSON.FeatureCollection, sheet: Sheet): Area[] {
  return collection.features.map((one) => {
    const rings = ringsOf(one.geometry)
    const drawn = rings.map((ring) => ring.map((at) => sheet.to(at)))
    return {
      code: String(one.properties?.code ?? ''),
      name: String(one.properties?.name ?? ''),
      path: drawn.map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`).join(''),
      middle: middleOf(drawn[0] ?? []),
    }
  })
}

function middleOf(ring: readonly [number, number][]): [number, number] {
  const xs = ring.map(([x]) => x)
  const ys = ring.map(([, y]) => y)
  return [(least(xs) - least(xs.map((x) => -x))) / 2, (least(ys) - least(ys.map((y) => -y))) / 2]
}
