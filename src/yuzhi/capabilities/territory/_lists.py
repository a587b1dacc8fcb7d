"""Lists of territories and of landmarks, from CSV.

Two headers are understood for territories; the order of columns does not matter, others than
these are refused.

Our own, `code,name` and as far as wanted:
`level` (city, district, town, community, grid; must fit the code), `parent` (a code above it;
if not given, the one right above), `valid_from` and `valid_to` (2016-10-01; the first day, and
the first day it is no more), `aliases` (separated by | or 、 or a semicolon).

That of the statistical division lists: `code,name` and `provinceCode`, `cityCode`, `areaCode`,
`streetCode` as far as they apply. Provinces are left out, and the district-level row 市辖区
that ends in 01 and stands for all districts.

Landmarks: `name,territory` and as far as wanted `kind`, `aliases`, `lon`, `lat`.
"""

from collections import defaultdict
from typing import Final, get_args

import msgspec
import numpy as np

from yuzhi.capabilities.territory._codes import LEVELS, Level, ancestors, covers, is_code, level_of
from yuzhi.capabilities.territory._datum import Datum, to_wgs84
from yuzhi.capabilities.territory._faults import Faults
from yuzhi.capabilities.territory._table import LONGEST_NAME, Row, Table, read_day, read_name, read_names
from yuzhi.capabilities.territory._tree import Atlas, Territory, depth_first
from yuzhi.capabilities.territory._views import Landmark

ABOVE: Final = ("streetCode", "areaCode", "cityCode", "provinceCode")
OPTIONAL: Final = ("valid_from", "valid_to", "aliases")
DIVISION_COLUMNS: Final = ("code", "name", "level", "parent", *OPTIONAL, *ABOVE)
LANDMARK_COLUMNS: Final = ("name", "territory", "kind", "aliases", "lon", "lat")

_SUMMARY: Final = "市辖区"  # the row that stands for "all districts" and is no place


class Divisions:
    """Gathers the territories of several lists; parents are settled when all have been read."""

    def __init__(self, atlas: Atlas, under: str | None, faults: Faults) -> None:
        self._atlas = atlas
        self._under = under
        self._faults = faults
        self._found: dict[str, Territory] = {}
        self._where: dict[str, tuple[str, int]] = {}
        self._provinces: dict[str, str] = {}
        self._stated: defaultdict[str, set[str]] = defaultdict(set)
        self.outside = 0
        self.skipped = 0

    def read(self, table: Table) -> None:
        """Take in the rows of one list."""
        for row in table.rows:
            self._read_row(table, row)

    def settled(self) -> tuple[Territory, ...]:
        """All territories, parents first, once every parent is known; a missing one is noted."""
        for code, territory in self._found.items():
            parent = territory.parent or next(iter(ancestors(code)), None)
            if territory.parent is None and (territory.level == "city" or code == self._under):
                parent = parent if self.knows(parent or "") else None
            elif not self.knows(parent or ""):
                self._faults.add(*self._where[code], "parent.unknown", detail=f"{parent} above {code}")
            name = territory.name
            if territory.level == "city" and name == _SUMMARY:
                name = self._provinces.get(code[:2], name)
            self._found[code] = msgspec.structs.replace(territory, parent=parent, name=name)
        return tuple(depth_first(self._found.values()))

    def stated(self) -> dict[str, frozenset[str]]:
        """For each optional column the codes whose file had it."""
        return {column: frozenset(codes) for column, codes in self._stated.items()}

    def knows(self, code: str) -> bool:
        """Whether `code` is listed here or was known before."""
        return code in self._found or code in self._atlas

    def is_wanted(self, code: str) -> bool:
        """Whether `code` is under the wanted code, or above it."""
        return self._under is None or covers(self._under, code) or covers(code, self._under)

    def _read_row(self, table: Table, row: Row) -> None:
        code, file = row.cells["code"].upper(), table.file
        if len(code) == 2 and code.isascii() and code.isdigit():
            self._provinces[code] = row.cells["name"]
            self.skipped += 1
            return
        if not is_code(code):
            self._faults.add(file, row.line, "code.malformed", detail=code[:40])
            return
        if level_of(code) == "district" and code.endswith("01") and row.cells["name"] == _SUMMARY:
            self.skipped += 1
            return
        if not self.is_wanted(code):
            self.outside += 1
            return
        if code in self._where:
            first, line = self._where[code]
            self._faults.add(file, row.line, "code.repeated", detail=f"{code}, first at {first}:{line}")
            return
        self._where[code] = file, row.line
        self._found[code] = self._territory(file, row, code)
        for column in OPTIONAL:
            if column in table.columns:
                self._stated[column].add(code)

    def _territory(self, file: str, row: Row, code: str) -> Territory:
        begins = read_day(file, row, self._faults, column="valid_from")
        ends = read_day(file, row, self._faults, column="valid_to")
        if begins is not None and ends is not None and ends <= begins:
            self._faults.add(file, row.line, "date.reversed", detail=f"{begins} to {ends}")
        return Territory(
            code=code,
            name=read_name(file, row, self._faults),
            level=self._level(file, row, code),
            parent=self._parent(file, row, code),
            valid_from=begins,
            valid_to=ends,
            aliases=read_names(file, row, self._faults),
        )

    def _level(self, file: str, row: Row, code: str) -> Level:
        level, stated = level_of(code), row.cells.get("level", "")
        if stated and stated not in get_args(Level):
            self._faults.add(file, row.line, "level.unknown", detail=f"{stated}; one of {', '.join(LEVELS)}")
        elif stated and stated != level:
            self._faults.add(
                file, row.line, "level.not_of_code", detail=f"{code} is a {level}, not a {stated}"
            )
        return level

    def _parent(self, file: str, row: Row, code: str) -> str | None:
        named = row.cells.get("parent", "").upper()
        above = [row.cells[column] for column in ABOVE if row.cells.get(column)]
        wrong = [one for one in above if not code.startswith(one) or one == code]
        for one in wrong if not named or named in ancestors(code) else (named, *wrong):
            self._faults.add(file, row.line, "parent.not_above", detail=f"{one} is not above {code}")
        return next((one for one in (named, *above) if one in ancestors(code)), None)


class Landmarks:
    """Gathers the landmarks of several lists that lie in the wanted territory, in WGS-84."""

    def __init__(self, divisions: Divisions, faults: Faults, *, datum: Datum) -> None:
        self._divisions = divisions
        self._faults = faults
        self._datum: Datum = datum
        self._where: dict[tuple[str, str], tuple[str, int]] = {}
        self.found: dict[tuple[str, str], Landmark] = {}

    def read(self, table: Table) -> None:
        """Take in the rows of one list."""
        for row in table.rows:
            self._read_row(table.file, row)

    def _read_row(self, file: str, row: Row) -> None:
        territory = row.cells["territory"].upper()
        if not is_code(territory):
            self._faults.add(file, row.line, "code.malformed", detail=territory[:40])
            return
        if not self._divisions.is_wanted(territory):
            self._divisions.outside += 1
            return
        if not self._divisions.knows(territory):
            self._faults.add(file, row.line, "code.unknown", detail=territory)
        key = territory, read_name(file, row, self._faults)
        if key in self.found:
            first, line = self._where[key]
            self._faults.add(file, row.line, "landmark.repeated", detail=f"{key[1]}, first at {first}:{line}")
            return
        self._where[key] = file, row.line
        lon, lat = _place(file, row, self._faults, self._datum)
        aliases = read_names(file, row, self._faults)
        kind = row.cells.get("kind", "")
        if len(kind) > LONGEST_NAME or not kind.isprintable():
            self._faults.add(file, row.line, "kind.malformed", detail=ascii(kind)[:120])
        self.found[key] = Landmark(key[1], territory, kind, aliases, lon, lat)


def _place(file: str, row: Row, faults: Faults, datum: Datum) -> tuple[float | None, float | None]:
    texts = row.cells.get("lon", ""), row.cells.get("lat", "")
    if texts == ("", ""):
        return None, None
    try:
        lon, lat = float(texts[0]), float(texts[1])
    except ValueError:
        faults.add(file, row.line, "point.malformed", detail=f"{texts[0]}, {texts[1]}"[:80])
        return None, None
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        faults.add(file, row.line, "point.out_of_range", detail=f"{lon}, {lat}")
        return None, None
    if datum == "GCJ02":
        lons, lats = to_wgs84(np.array([lon]), np.array([lat]))
        return float(lons[0]), float(lats[0])
    return lon, lat
