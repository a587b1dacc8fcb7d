"""What everybody may see, over HTTP: the public list, one matter with its progress, and open data."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from yuzhi.capabilities import sharing
from yuzhi.capabilities.sharing import WITHHELD, ProgressView, PublicPage, Sought, Statistics
from yuzhi.doors.api._needs import ApiNeeds, needs
from yuzhi.doors.api._problems import language_of
from yuzhi.doors.api._sound import AskedInstant, instant

AnyRequest = Request[Any, Any, Any]
COLUMNS = (
    "procedure", "procedure_name", "month", "territory", "territory_name", "category", "category_name",
    "count", "closed", "note",
)  # fmt: skip
NOTES = {
    "zh": ("不足 {least} 件的合并统计", "少于 {least} 件"),
    "en": ("categories or places with fewer than {least}, together", "fewer than {least}"),
}


class StatisticsLine(Struct, frozen=True):
    """A line of open data in words; `count` is absent for fewer than `least`, told by `note`."""

    procedure: str
    procedure_name: str
    month: str
    territory: str
    territory_name: str
    category: str
    category_name: str
    count: int | None
    closed: int | None
    note: str


class StatisticsView(Struct, frozen=True):
    """Open data of some months. No number in it is smaller than `least`, nor can one be worked out."""

    since: str
    until: str
    least: int
    level: str
    counted_at: datetime
    lines: tuple[StatisticsLine, ...]


@get("/public/matters")
async def public_matters(
    request: AnyRequest,
    territory: FromQuery[str] = "",
    procedure: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    category: FromQuery[str] = "",
    status: FromQuery[Literal["", "open", "closed"]] = "",
    opened_from: AskedInstant = None,
    opened_to: AskedInstant = None,
    after: FromQuery[str | None] = None,
    most: FromQuery[int] = 50,
) -> PublicPage:
    """List matters as everybody may see them, newest first."""
    handed = needs(request)
    window = handed.outside.window
    known = [rule.procedure.name for rule in sharing.rules(window.shelf)]
    named = [procedure] if procedure else sorted(set(known))
    sought = Sought(
        codes=handed.same_ground(territory) if territory else (),
        procedures=tuple(named),
        kind=kind,
        categories=tuple((one, category) for one in named) if category else (),
        is_closed={"open": False, "closed": True}.get(status),
        opened_from=instant("opened_from", opened_from),
        opened_to=instant("opened_to", opened_to),
    )
    return await sharing.public_list(window, sought, language_of(request), after=after, most=most)


@get("/public/matters/{number:str}")
async def public_matter(request: AnyRequest, number: FromPath[str]) -> ProgressView:
    """Show one matter as everybody may see it, and how it came where it stands, in plain words."""
    return await sharing.public_matter(needs(request).outside.window, number, language_of(request))


@get("/public/statistics")
async def statistics(
    request: AnyRequest, since: FromQuery[str], until: FromQuery[str] = ""
) -> StatisticsView:
    """Count matters of whole months (YYYY-MM) by territory and category, small numbers withheld."""
    handed, counted = await _counted(request, since, until)
    lines = tuple(_lines(handed, counted, language_of(request)))
    return StatisticsView(
        since=counted.since, until=counted.until, least=counted.least, level=counted.level,
        counted_at=counted.counted_at, lines=lines,
    )  # fmt: skip


@get("/public/statistics.csv")
async def statistics_csv(
    request: AnyRequest, since: FromQuery[str], until: FromQuery[str] = ""
) -> Response[bytes]:
    """Send the same numbers as CSV in UTF-8."""
    handed, counted = await _counted(request, since, until)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for line in _lines(handed, counted, language_of(request)):
        writer.writerow(["" if value is None else value for value in msgspec.structs.astuple(line)])
    return _file(out.getvalue().encode("utf-8-sig"), "text/csv", counted, "csv")


@get("/public/statistics.geojson")
async def statistics_geojson(
    request: AnyRequest, since: FromQuery[str], until: FromQuery[str] = ""
) -> Response[bytes]:
    """Send the same numbers as GeoJSON (RFC 7946), each at a point that stands for its territory."""
    handed, counted = await _counted(request, since, until)
    places = handed.outside.window.places()
    features = []
    for line in _lines(handed, counted, language_of(request)):
        centre = places.centre(line.territory) if line.territory else None
        point = {"type": "Point", "coordinates": list(centre)} if centre else None
        properties = msgspec.to_builtins(line)
        features.append({"type": "Feature", "geometry": point, "properties": properties})
    body = msgspec.json.encode({"type": "FeatureCollection", "features": features})
    return _file(body, "application/geo+json", counted, "geojson")


async def _counted(request: AnyRequest, since: str, until: str) -> tuple[ApiNeeds, Statistics]:
    handed = needs(request)
    return handed, await handed.outside.open_data.statistics(since, until or since, handed.now())


def _lines(handed: ApiNeeds, counted: Statistics, language: str) -> Iterator[StatisticsLine]:
    shelf, places = handed.shelf, handed.outside.window.places()
    gathered, too_few = (note.format(least=counted.least) for note in NOTES[language])
    for one in counted.lines:
        procedure = shelf.procedure(one.procedure)
        pack = shelf.pack(procedure.pack, procedure.version)
        is_named = one.branch not in {"", WITHHELD}
        yield StatisticsLine(
            procedure=one.procedure,
            procedure_name=shelf.word(pack, f"procedure.{one.procedure}", language),
            month=one.month,
            territory=one.territory,
            territory_name=places.place_name(one.territory) if one.territory else "",
            category=one.branch,
            category_name=shelf.word(pack, f"category.{one.branch}", language) if is_named else "",
            count=one.count,
            closed=one.closed,
            note=too_few if one.count is None else gathered if one.is_gathered else "",
        )


def _file(body: bytes, media_type: str, counted: Statistics, ending: str) -> Response[bytes]:
    name = f"matters-{counted.since}-{counted.until}.{ending}"
    return Response(
        body, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


HANDLERS = (public_matters, public_matter, statistics, statistics_csv, statistics_geojson)
