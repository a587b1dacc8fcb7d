"""Boundaries from GeoJSON: every feature checked, every fault named by its feature and line."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from yuzhi.capabilities.territory._datum import Datum, datum_named, to_wgs84
from yuzhi.capabilities.territory._faults import Faults
from yuzhi.capabilities.territory._views import Boundary

Rings = list[list[list[list[float]]]]

MENDING_LIMIT: Final = 0.01  # mending may change the area by one part in a hundred, not more

_SPACE: Final = " \t\r\n"


class Boundaries:
    """Gathers the boundaries of several files.

    `canonical` maps a code as a file writes it to the code of a known territory: None if there
    is none, the empty text if it is known but not wanted.
    """

    def __init__(
        self, canonical: Callable[[str], str | None], faults: Faults, *, datum: Datum | None, mend: bool
    ) -> None:
        self._canonical = canonical
        self._faults = faults
        self._datum = datum
        self._mend = mend
        self.found: dict[str, Boundary] = {}
        self.mended: list[str] = []
        self.outside = 0

    def read(self, file: str, text: str) -> None:
        """Take in the features of one file."""
        collection = read_collection(file, text, self._faults)
        if collection is None:
            return
        members, features = collection
        for index, (line, feature) in enumerate(features):
            where = _Where(file, line, index, self._faults)
            if not isinstance(feature, dict) or feature.get("type") != "Feature":
                where.note("geojson.not_a_feature")
                continue
            self._read_feature(feature, members, where)

    def _read_feature(self, feature: dict[str, Any], members: dict[str, Any], where: "_Where") -> None:
        properties = feature.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        code = self._code(feature, properties, where)
        if code is None:
            return
        datum = self._named_datum(properties.get("datum", members.get("datum")), where)
        rings = _rings(feature.get("geometry"), where)
        if datum is None or rings is None:
            return
        shape = _shape(rings, where)
        if shape is None:
            return
        if not shape.is_valid:
            if not self._mend:
                where.note("polygon.invalid", detail=shapely.is_valid_reason(shape))
                return
            shape = _mended(shape, where)
            self.mended.append(code)
        if shape is not None and datum == "GCJ02":
            shape = shapely.transform(shape, _moved)
            if not shape.is_valid:
                shape = _mended(shape, where)
        if shape is not None:
            self.found[code] = Boundary(code, shapely.to_wkb(shape), datum)

    def _code(self, feature: dict[str, Any], properties: dict[str, Any], where: "_Where") -> str | None:
        named = (properties.get("code"), properties.get("adcode"), properties.get("id"), feature.get("id"))
        written = next(
            (one for one in named if isinstance(one, str | int) and not isinstance(one, bool)), None
        )
        if written is None:
            where.note("code.missing", detail="no code, adcode or id")
            return None
        code = self._canonical(str(written).strip().upper())
        if code is None:
            where.note("code.unknown", detail=str(written)[:40])
        elif code in self.found:
            where.note("code.repeated", detail=code)
        elif code:
            return code
        else:
            self.outside += 1
        return None

    def _named_datum(self, written: object, where: "_Where") -> Datum | None:
        if written is None:
            return self._datum or "WGS84"
        datum = datum_named(str(written))
        if datum is None:
            where.note("datum.unknown", detail=f"{str(written)[:40]}; WGS84 or GCJ02")
        return datum


class _Where(msgspec.Struct, frozen=True):
    file: str
    line: int
    index: int
    faults: Faults

    def note(self, code: str, *, detail: str = "") -> None:
        told = f"feature {self.index}: {detail}" if detail else f"feature {self.index}"
        self.faults.add(self.file, self.line, code, detail=told)


def read_collection(
    file: str, text: str, faults: Faults
) -> tuple[dict[str, Any], list[tuple[int, Any]]] | None:
    """The other members and the features, each with the line it begins on; None after a fault."""
    members: dict[str, Any] = {}
    features: list[tuple[int, Any]] = []
    line, counted = 1, 0
    try:
        for key, offset, value in _walk(text):
            if key == "features":
                line, counted = line + text.count("\n", counted, offset), offset
                features.append((line, value))
            else:
                members[key] = value
    except json.JSONDecodeError as trouble:
        faults.add(file, trouble.lineno, "json.malformed", detail=trouble.msg)
        return None
    except (ValueError, RecursionError) as trouble:
        faults.add(file, line, "json.malformed", detail=str(trouble)[:120])
        return None
    if members.get("type") != "FeatureCollection":
        faults.add(file, 1, "geojson.not_a_collection", detail=f"type is {str(members.get('type'))[:40]}")
        return None
    if not features:
        faults.add(file, 1, "geojson.empty", detail="no features")
    return members, features


def _walk(text: str) -> Iterator[tuple[str, int, Any]]:
    """Each member of the outermost object; of `features`, each element with its offset."""
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    at = _expect(text, 0, "{")
    while text[at : at + 1] != "}":
        key, at = decoder.raw_decode(text, at)
        if not isinstance(key, str):
            raise json.JSONDecodeError("a name is expected", text, at)
        at = _expect(text, _skip(text, at), ":")
        if key == "features" and text[at : at + 1] == "[":
            at = _skip(text, at + 1)
            while text[at : at + 1] != "]":
                begun = at
                value, at = decoder.raw_decode(text, at)
                yield "features", begun, value
                at = _next(text, at, "]")
            at += 1
        else:
            value, at = decoder.raw_decode(text, at)
            if key == "features":
                raise json.JSONDecodeError("features is not a list", text, at)
            yield key, at, value
        at = _next(text, at, "}")
    if _skip(text, at + 1) != len(text):
        raise json.JSONDecodeError("text after the end", text, at + 1)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _expect(text: str, at: int, mark: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != mark:
        raise json.JSONDecodeError(f"{mark} expected", text, at)
    return _skip(text, at + 1)


def _next(text: str, at: int, end: str) -> int:
    """Past the comma to the next element, or to the closing `end`."""
    at = _skip(text, at)
    if text[at : at + 1] == end:
        return at
    at = _expect(text, at, ",")
    if text[at : at + 1] == end:
        raise json.JSONDecodeError("value expected", text, at)
    return at


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _rings(geometry: object, where: _Where) -> Rings | None:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in {"Polygon", "MultiPolygon"}:
        where.note("polygon.type", detail=f"{str(kind)[:40]}; Polygon or MultiPolygon")
        return None
    parts = geometry.get("coordinates")
    try:
        return msgspec.convert([parts] if kind == "Polygon" else parts, Rings, strict=True)
    except (msgspec.ValidationError, OverflowError) as trouble:
        where.note("polygon.not_numbers", detail=str(trouble))
        return None


def _shape(rings: Rings, where: _Where) -> shapely.MultiPolygon | None:
    """The polygons, if each ring is closed, long enough and on the globe; else None, all noted."""
    parts = []
    bad = not rings or not all(rings)
    if bad:
        where.note("polygon.empty")
    for number, part in enumerate(rings):
        loops = [_loop(ring, f"polygon {number} ring {order}", where) for order, ring in enumerate(part)]
        whole = [loop for loop in loops if loop is not None]
        if len(whole) == len(loops) and whole:
            parts.append(shapely.Polygon(whole[0], whole[1:]))
        else:
            bad = True
    return None if bad else shapely.MultiPolygon(parts)


def _loop(ring: list[list[float]], name: str, where: _Where) -> NDArray[np.float64] | None:
    if any(len(position) not in {2, 3} for position in ring):
        where.note("polygon.position", detail=f"{name}: a position is lon, lat and perhaps height")
        return None
    if len(ring) < 4:
        where.note("polygon.too_short", detail=f"{name}: {len(ring)} positions, at least 4 are needed")
        return None
    points = np.array([position[:2] for position in ring], dtype=np.float64)
    good = True
    off = ~((np.abs(points[:, 0]) <= 180) & (np.abs(points[:, 1]) <= 90))
    if off.any():
        lon, lat = points[off][0]
        hint = "; longitude comes first" if abs(lon) <= 90 and abs(lat) <= 180 else ""
        where.note("polygon.out_of_range", detail=f"{name}: {lon}, {lat}{hint}")
        good = False
    if (points[0] != points[-1]).any():
        where.note("polygon.unclosed", detail=f"{name}: begins at {ring[0][:2]}, ends at {ring[-1][:2]}")
        good = False
    return points if good else None


def _mended(shape: shapely.Geometry, where: _Where) -> shapely.Geometry | None:
    """The same area without self-intersection; noted if that would be another area."""
    sound = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    if sound.geom_type not in {"Polygon", "MultiPolygon"} or sound.is_empty:
        where.note("polygon.beyond_mending", detail=shapely.is_valid_reason(shape))
        return None
    if abs(sound.area - shape.area) > MENDING_LIMIT * sound.area:
        where.note("polygon.beyond_mending", detail=shapely.is_valid_reason(shape))
        return None
    return sound


def _moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
    lons, lats = to_wgs84(points[:, 0], points[:, 1])
    return np.column_stack((lons, lats))
