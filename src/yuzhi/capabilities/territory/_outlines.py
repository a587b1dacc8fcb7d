"""The outlines of territories as GeoJSON for a map: simplified to what can be seen, made once a day."""

from collections.abc import Iterable

import msgspec
import shapely

from yuzhi.capabilities.territory._codes import Level, covers, level_of
from yuzhi.capabilities.territory._tree import Atlas
from yuzhi.capabilities.territory._views import Boundary

TOLERANCE: dict[Level, float] = {
    "city": 2e-3, "district": 1e-3, "town": 3e-4, "community": 1e-4, "grid": 2e-5,
}  # fmt: skip
"""By how many degrees an outline may be off at each level; 1e-4 is about ten metres."""
PLACES = 1e-6


class Outlines:
    """Boundaries of one day, ready to be drawn. What was asked once is kept."""

    def __init__(self, boundaries: Iterable[Boundary]) -> None:
        self._boundaries = sorted(boundaries, key=lambda one: one.code)
        self._made: dict[tuple[str, Level], bytes] = {}

    def __len__(self) -> int:
        return len(self._boundaries)

    def geojson(self, atlas: Atlas, under: str, level: Level) -> bytes:
        """Return the territories of a level under another as a FeatureCollection (RFC 7946).

        Each feature has the code as its id and, as properties, code, name and level. Territories without a
        boundary are left out.
        """
        key = under, level
        if key not in self._made:
            self._made[key] = msgspec.json.encode(self._collection(atlas, under, level))
        return self._made[key]

    def _collection(self, atlas: Atlas, under: str, level: Level) -> dict[str, object]:
        wanted = [
            one
            for one in self._boundaries
            if level_of(one.code) == level and (not under or covers(under, one.code))
        ]
        shapes = shapely.from_wkb([one.wkb for one in wanted])
        # Simplified together, so that neighbours go on sharing their border.
        drawn = shapely.set_precision(
            shapely.coverage_simplify(shapes, TOLERANCE[level]) if wanted else shapes, PLACES
        )
        features = [
            {
                "type": "Feature",
                "id": one.code,
                "geometry": msgspec.Raw(shapely.to_geojson(shape).encode()),
                "properties": {
                    "code": one.code,
                    "name": atlas[one.code].name if one.code in atlas else one.code,
                    "level": level,
                },
            }
            for one, shape in zip(wanted, drawn, strict=True)
        ]
        return {"type": "FeatureCollection", "features": features}
