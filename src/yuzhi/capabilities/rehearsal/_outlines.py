"""Invented outlines for a rehearsal's territories, so that maps have something to show.

No town's or community's real boundary is openly published. These only keep the order of the tree: each
territory lies inside the one above it, and neighbours share their borders.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from random import Random
from typing import Final

import numpy as np
import shapely

from yuzhi.capabilities.territory import Boundary, Territory

MIDDLE: Final = (121.6, 29.8)  # degrees: about where the district lies
REACH: Final = (0.21, 0.14)
CORNERS: Final = 40
ROUNDS: Final = 3
PLACES: Final = 1e-6
ABOVE: Final = {"town": 6, "community": 9, "grid": 12}
"""How many digits of a code name the territory above each level."""


def outlines(district: str, places: Sequence[Territory], *, seed: int = 1) -> tuple[Boundary, ...]:
    """Return an outline for a district and everything in it; the same seed draws the same map."""
    chance = Random(seed)  # noqa: S311 - a drawing for a play
    drawn: dict[str, shapely.Polygon] = {district: _blob(chance)}
    for level, digits in ABOVE.items():
        below = sorted(one.code for one in places if one.level == level)
        for above, codes in groupby(below, key=lambda code: code[:digits]):
            if above in drawn:
                drawn.update(_split(drawn[above], list(codes), chance))
    return tuple(
        Boundary(code, shapely.to_wkb(shapely.MultiPolygon([shape]))) for code, shape in drawn.items()
    )


def _blob(chance: Random) -> shapely.Polygon:
    angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    reach = np.array([0.85 + 0.25 * chance.random() for _ in angles])
    x = MIDDLE[0] + REACH[0] * reach * np.cos(angles)
    y = MIDDLE[1] + REACH[1] * reach * np.sin(angles)
    return shapely.Polygon(np.column_stack((x, y)))


def _split(whole: shapely.Polygon, codes: list[str], chance: Random) -> Iterator[tuple[str, shapely.Polygon]]:
    """Yield a part of an outline for each code: the cells of points spread over it."""
    points = [_point(whole, chance) for _ in codes]
    cells: list[shapely.Polygon] = []
    for _ in range(ROUNDS):  # points moved to the middle of their cells spread evenly
        cells = _cells(whole, points)
        points = [cell.centroid for cell in cells]
    yield from zip(codes, cells, strict=True)


def _cells(whole: shapely.Polygon, points: list[shapely.Point]) -> list[shapely.Polygon]:
    if len(points) == 1:
        return [whole]
    raw = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=whole, ordered=True)
    return [_largest(shapely.intersection(cell, whole, grid_size=PLACES)) for cell in raw.geoms]


def _largest(shape: shapely.Geometry) -> shapely.Polygon:
    parts = [one for one in shapely.get_parts(shape) if isinstance(one, shapely.Polygon)]
    return max(parts, key=lambda one: one.area)


def _point(whole: shapely.Polygon, chance: Random) -> shapely.Point:
    left, low, right, high = whole.bounds
    while True:
        point = shapely.Point(chance.uniform(left, right), chance.uniform(low, high))
        if whole.contains(point):
            return point
