"""Territories and units over HTTP: the tree, their outlines, what lies where, what codes are called."""

from hashlib import sha256
from typing import Annotated, Any, Literal

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.registry import Unit
from yuzhi.capabilities.territory import Terrain, Territory
from yuzhi.doors.api._needs import asking, needs

AnyRequest = Request[Any, Any, Any]

CACHED = {"Cache-Control": "public, max-age=300"}
MOST_CODES = 300
MOST_UNITS = 500

Codes = Annotated[list[str] | None, QueryParameter(max_items=MOST_CODES)]
Words = Annotated[str, QueryParameter(name="q", max_length=2000)]


class TerritoryLine(Struct, frozen=True):
    """A territory in a list; `below` is how many lie right under it."""

    code: str
    name: str
    level: str
    below: int


class Middle(Struct, frozen=True):
    """A point (WGS-84) that stands for a whole territory."""

    lon: float
    lat: float


class TerritoryView(Struct, frozen=True):
    """A territory, those around it from the top down, and those right under it."""

    code: str
    name: str
    full_name: str
    level: str
    middle: Middle | None
    above: tuple[TerritoryLine, ...]
    below: tuple[TerritoryLine, ...]


class TerritoryList(Struct, frozen=True):
    """Territories."""

    territories: tuple[TerritoryLine, ...]


class FoundPlace(Struct, frozen=True):
    """A place that words or a point may mean; a score of 1 is sure."""

    code: str
    name: str
    full_name: str
    level: str
    score: float


class FoundPlaces(Struct, frozen=True):
    """Places, the likeliest first."""

    places: tuple[FoundPlace, ...]


class UnitLine(Struct, frozen=True):
    """A unit in a list."""

    code: str
    name: str
    kind: str
    territory: str


class UnitLines(Struct, frozen=True):
    """Units by name."""

    units: tuple[UnitLine, ...]


class Called(Struct, frozen=True):
    """What codes are called; one that nobody knows is absent."""

    territories: dict[str, str]
    units: dict[str, str]


@get("/territories")
async def territories(request: AnyRequest, under: FromQuery[str] = "") -> Response[TerritoryList]:
    """List the territories right under another, or the topmost ones."""
    terrain = _terrain(request)
    found = tuple(_line(terrain, one) for one in _below(terrain, under or None))
    return Response(TerritoryList(found), headers=CACHED)


@get("/territories/{code:str}")
async def territory(request: AnyRequest, code: FromPath[str]) -> Response[TerritoryView]:
    """Show a territory with what is above and below it."""
    terrain = _terrain(request)
    if code not in terrain.atlas:
        raise Refusal("territory.not_found", territory=code[:40])
    one = terrain.atlas[code]
    above: list[Territory] = []
    while (above[0] if above else one).parent is not None:
        above.insert(0, terrain.atlas[(above[0] if above else one).parent or ""])
    middle = terrain.centres.of(code)
    view = TerritoryView(
        code=code, name=one.name, full_name=terrain.atlas.full_name(code), level=one.level,
        middle=Middle(*middle) if middle else None,
        above=tuple(_line(terrain, each) for each in above),
        below=tuple(_line(terrain, each) for each in _below(terrain, code)),
    )  # fmt: skip
    return Response(view, headers=CACHED)


@get("/territories/at")
async def territory_at(request: AnyRequest, lon: FromQuery[float], lat: FromQuery[float]) -> FoundPlaces:
    """Say in which territory a point (WGS-84) lies: the smallest one known, or none."""
    terrain = _terrain(request)
    is_on_globe = abs(lon) <= 180 and abs(lat) <= 90
    code = terrain.locator.locate(lon, lat) if is_on_globe else None
    return FoundPlaces((_found(terrain, code, 1.0),) if code and code in terrain.atlas else ())


@get("/territories/named")
async def territories_named(
    request: AnyRequest, words: Words, within: FromQuery[str | None] = None
) -> FoundPlaces:
    """Find the places that words name, the likeliest first."""
    terrain = _terrain(request)
    guesses = terrain.gazetteer.find(words, within if within in terrain.atlas else None)
    best = {one.code: one.score for one in reversed(guesses)}
    ordered = sorted(best.items(), key=lambda one: -one[1])
    return FoundPlaces(tuple(_found(terrain, code, score) for code, score in ordered))


@get("/territories.geojson", media_type="application/geo+json")
async def outlines(
    request: AnyRequest,
    under: FromQuery[str] = "",
    level: FromQuery[Literal["city", "district", "town", "community", "grid"]] = "town",
) -> Response[bytes]:
    """Send outlines of the territories of a level as GeoJSON; those without a boundary are left out."""
    terrain = _terrain(request)
    body = terrain.outlines.geojson(terrain.atlas, under, level)
    mark = f'"{sha256(body).hexdigest()[:24]}"'
    headers = {**CACHED, "ETag": mark}
    if request.headers.get("if-none-match") == mark:
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type="application/geo+json", headers=headers)


@get("/units")
async def units(
    request: AnyRequest, words: Words = "", kind: FromQuery[str] = "", territory: FromQuery[str] = ""
) -> UnitLines:
    """List the units of today, those with some words in their name, of a kind, for a ground; at most 500."""
    handed, _, _ = asking(request)
    known = handed.admin.known().roster
    on = _terrain(request).on
    found = [
        _unit(one)
        for one in known.units.values()
        if one.is_valid(on)
        and (not words or words in one.name or words in one.code)
        and (not kind or one.kind == kind)
        and (not territory or one.territory.startswith(territory) or territory.startswith(one.territory))
    ]
    return UnitLines(tuple(found[:MOST_UNITS]))


@get("/called")
async def called(request: AnyRequest, territories: Codes = None, units: Codes = None) -> Response[Called]:
    """Say what some territories (with those above them) and units are called."""
    terrain, roster = _terrain(request), needs(request).admin.known().roster
    atlas = terrain.atlas
    view = Called(
        territories={code: atlas.full_name(code) for code in territories or () if code in atlas},
        units={code: roster.units[code].name for code in units or () if code in roster.units},
    )
    return Response(view, headers=CACHED)


def _terrain(request: AnyRequest) -> Terrain:
    return needs(request).terrain()


def _below(terrain: Terrain, code: str | None) -> tuple[Territory, ...]:
    return tuple(one for one in terrain.atlas.children(code) if one.is_valid(terrain.on))


def _line(terrain: Terrain, one: Territory) -> TerritoryLine:
    return TerritoryLine(code=one.code, name=one.name, level=one.level, below=len(_below(terrain, one.code)))


def _found(terrain: Terrain, code: str, score: float) -> FoundPlace:
    one = terrain.atlas[code]
    return FoundPlace(
        code=code, name=one.name, full_name=terrain.atlas.full_name(code), level=one.level, score=score
    )


def _unit(one: Unit) -> UnitLine:
    return UnitLine(code=one.code, name=one.name, kind=one.kind, territory=one.territory)


HANDLERS = (territories, territory_at, territories_named, outlines, territory, units, called)
