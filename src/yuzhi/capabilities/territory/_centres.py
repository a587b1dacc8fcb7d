"""A point that stands for a whole territory, so that a map can show what lies there without showing where."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

import shapely

from yuzhi.capabilities.territory._codes import covers
from yuzhi.capabilities.territory._views import Boundary

PLACES = 4
"""Decimals of a degree: some ten metres, far finer than what the point stands for."""


class Centres:
    """Middles of territories with a boundary of their own, or made up of some that have one."""

    def __init__(self, boundaries: Iterable[Boundary]) -> None:
        ordered = sorted(boundaries, key=lambda boundary: boundary.code)
        self._codes = [boundary.code for boundary in ordered]
        self._wkb = [boundary.wkb for boundary in ordered]
        self._known: dict[str, tuple[float, float] | None] = {}

    def of(self, code: str) -> tuple[float, float] | None:
        """Return longitude and latitude (WGS-84) of a point inside a territory; None if none is known.

        The same code always gives the same point, whatever lies in it.
        """
        if code not in self._known:
            self._known[code] = self._found(code)
        return self._known[code]

    def _found(self, code: str) -> tuple[float, float] | None:
        shapes = shapely.from_wkb([self._wkb[at] for at in self._parts(code)])
        point = shapely.point_on_surface(shapely.union_all(shapes))
        if point.is_empty:
            return None
        return round(float(point.x), PLACES), round(float(point.y), PLACES)

    def _parts(self, code: str) -> Iterator[int]:
        """Yield where its own boundary is, or those of the largest pieces it is made up of."""
        last = ""
        for at in range(bisect_left(self._codes, code), len(self._codes)):
            here = self._codes[at]
            if not covers(code, here):
                if not here.startswith(code):
                    return
            elif not (last and covers(last, here)):
                last = here
                yield at
