"""Point to smallest territory: an in-process index over boundaries, in WGS-84 degrees.

The answer is the deepest level whose boundary holds the point; between equals the smaller
area, then the lower code. A point on a border belongs to both sides, so that rule decides it
the same way every time.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from yuzhi.capabilities.territory._codes import depth_of
from yuzhi.capabilities.territory._views import Boundary

Numbers = Sequence[float] | NDArray[np.float64]


class Locator:
    """Frozen index over the boundaries of one day. Give it only territories that exist then.

    One tree a level: most points are settled in the deepest, among small polygons, and the
    long borders above are not touched.
    """

    __slots__ = ("_layers", "_size")

    def __init__(self, boundaries: Iterable[Boundary]) -> None:
        by_depth: defaultdict[int, list[Boundary]] = defaultdict(list)
        for boundary in boundaries:
            by_depth[depth_of(boundary.code)].append(boundary)
        self._layers = tuple(_Layer(by_depth[depth]) for depth in sorted(by_depth, reverse=True))
        self._size = sum(map(len, by_depth.values()))

    def __len__(self) -> int:
        return self._size

    def locate(self, lon: float, lat: float) -> str | None:
        """The code of the smallest territory that holds the point; None if none does."""
        point = shapely.points([[lon, lat]])  # an array of one: shapely is twice as quick with it
        for layer in self._layers:
            held = layer.tree.query(point, "intersects")[1]
            if held.size:
                code: str = layer.codes[held.min()]
                return code
        return None

    def locate_many(self, lons: Numbers, lats: Numbers) -> list[str | None]:
        """`locate` for many points at once, in their order."""
        x, y = np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64)
        found = np.full(len(x), None, dtype=object)
        left = np.arange(len(x))
        for layer in self._layers:
            first = layer.first(x[left], y[left])
            hit = first < len(layer.codes)
            found[left[hit]] = layer.codes[first[hit]]
            left = left[~hit]
        codes: list[str | None] = found.tolist()
        return codes


class _Layer:
    """The boundaries of one level, sorted so that of several holding a point the first is the answer."""

    __slots__ = ("codes", "shapes", "tree")

    def __init__(self, boundaries: list[Boundary]) -> None:
        shapes = shapely.from_wkb([boundary.wkb for boundary in boundaries])
        areas = shapely.area(shapes).tolist()
        order = sorted(range(len(boundaries)), key=lambda n: (areas[n], boundaries[n].code))
        self.shapes = shapes[order]
        self.codes = np.array([boundaries[n].code for n in order], dtype=object)
        self.tree = shapely.STRtree(self.shapes)
        shapely.prepare(self.shapes)

    def first(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.intp]:
        """For each point the index of its answer, or the number of boundaries if there is none."""
        points, near = self.tree.query(shapely.points(x, y))
        held = shapely.intersects_xy(self.shapes[near], x[points], y[points])
        first = np.full(len(x), len(self.codes))
        np.minimum.at(first, points[held], near[held])
        return first
