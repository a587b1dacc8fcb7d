// How the map is drawn: territories, their names, points, the chosen place; tiles below if there are any.
import type {
  DataDrivenPropertyValueSpecification, LayerSpecification, SourceSpecification, StyleSpecification,
} from 'maplibre-gl'

export interface Shade {
  shade: number
}

const none: SourceSpecification = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } }
const LIGHT = { ground: '#eef2f6', area: '#ffffff', shaded: '#1f5fae', line: '#8fa3ba', text: '#2b3947', halo: '#ffffff' }
const DARK = { ground: '#0b1420', area: '#13233a', shaded: '#3d8bff', line: '#2f5688', text: '#cfe0f5', halo: '#0b1420' }

/** Things near each other as one, which knows how many they are and how many of them are late or soon due. */
const clustered: SourceSpecification = {
  ...none,
  cluster: true,
  clusterRadius: 48,
  clusterMaxZoom: 15,
  clusterProperties: {
    count: ['+', ['get', 'count']],
    late: ['+', ['get', 'late']],
    soon: ['+', ['get', 'soon']],
  },
}

const bySize = (scale: number): DataDrivenPropertyValueSpecification<number> =>
  ['interpolate', ['linear'], ['sqrt', ['get', 'count']], 1, 6 * scale, 10, 22 * scale, 60, 40 * scale]

export function mapStyle(tiles: string, isDark = false, isClustered = false, scale = 1): StyleSpecification {
  const ink = isDark ? DARK : LIGHT
  const ground: Pick<StyleSpecification, 'sources' | 'layers'> = tiles
    ? {
        sources: { tiles: { type: 'raster', tiles: [tiles], tileSize: 256 } },
        layers: [{ id: 'tiles', type: 'raster', source: 'tiles' }],
      }
    : { sources: {}, layers: [] }
  return {
    version: 8,
    sources: { ...ground.sources, outlines: none, chosen: none, dots: isClustered ? clustered : none },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': ink.ground } },
      ...ground.layers,
      {
        id: 'areas',
        type: 'fill',
        source: 'outlines',
        paint: {
          'fill-color': ['case', ['>=', ['get', 'shade'], 0], ink.shaded, ink.area],
          'fill-opacity': [
            'case',
            ['>=', ['get', 'shade'], 0],
            ['interpolate', ['linear'], ['get', 'shade'], 0, 0.08, 1, 0.75],
            tiles ? 0.25 : 1,
          ],
        },
      },
      { id: 'borders', type: 'line', source: 'outlines', paint: { 'line-color': ink.line, 'line-width': 1.2 } },
      {
        id: 'names',
        type: 'symbol',
        source: 'outlines',
        layout: { 'text-field': ['get', 'name'], 'text-size': 12 * scale, 'text-font': ['Noto Sans CJK SC'] },
        paint: { 'text-color': ink.text, 'text-halo-color': ink.halo, 'text-halo-width': 1.4 },
      },
      {
        id: 'dots',
        type: 'circle',
        source: 'dots',
        paint: {
          'circle-radius': bySize(scale),
          'circle-color': isClustered
            ? ['case', ['>', ['get', 'late'], 0], '#c8321f', ['>', ['get', 'soon'], 0], '#a86400', '#1f5fae']
            : ['match', ['get', 'tone'], 'red', '#c8321f', 'amber', '#d98a00', 'green', '#1f8a4c', '#1f5fae'],
          'circle-opacity': 0.85,
          'circle-stroke-color': '#ffffff',
          'circle-stroke-width': 1.5,
        },
      },
      ...(isClustered ? [counts(scale)] : []),
      {
        id: 'chosen',
        type: 'circle',
        source: 'chosen',
        paint: {
          'circle-radius': 9,
          'circle-color': '#c8321f',
          'circle-stroke-color': '#ffffff',
          'circle-stroke-width': 3,
        },
      },
    ],
  }
}

const counts = (scale: number): LayerSpecification => ({
  id: 'counts',
  type: 'symbol',
  source: 'dots',
  filter: ['>', ['get', 'count'], 1],
  layout: {
    'text-field': ['to-string', ['get', 'count']],
    'text-size': 13 * scale,
    'text-font': ['Noto Sans CJK SC'],
    'text-allow-overlap': true,
  },
  paint: { 'text-color': '#ffffff' },
})
