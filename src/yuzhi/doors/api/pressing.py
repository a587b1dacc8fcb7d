"""What presses, over HTTP: late and soon due by unit, the matters themselves, and where open ones lie."""

from datetime import timedelta
from typing import Annotated, Literal

from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct
from msgspec.structs import replace

from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import Cell, Filters, PageView, PressingView, SpreadView
from yuzhi.capabilities.territory import Terrain
from yuzhi.doors.api._needs import asking
from yuzhi.doors.api._request import AnyRequest

Hours = Annotated[int, QueryParameter(ge=1, le=24 * 14, description="How soon is soon.")]


class PressingAnswer(Struct, frozen=True):
    """What presses, by unit."""

    hours: int
    units: tuple[PressingView, ...]


async def open_of(
    request: AnyRequest, territory: FromQuery[str] = "", procedure: FromQuery[str] = ""
) -> Filters:
    """Return which open matters are looked at."""
    handed, _, _ = asking(request)
    return Filters(within=handed.same_ground(territory) if territory else (), procedure=procedure)


FILTERED = {"filters": Provide(open_of)}


@get("/pressing", dependencies=FILTERED)
async def pressing(
    request: AnyRequest,
    filters: NamedDependency[Filters],
    hours: Hours = 24,
) -> PressingAnswer:
    """Count by unit the open matters whose leading limit has run out, or will within some hours."""
    handed, who, now = asking(request)
    found = await matters.pressing(handed.pool, who, filters, now=now, within=timedelta(hours=hours))
    return PressingAnswer(hours, found)


@get("/pressing/matters", dependencies=FILTERED)
async def pressing_matters(
    request: AnyRequest,
    filters: NamedDependency[Filters],
    hours: Hours = 24,
    how: FromQuery[Literal["late", "soon", "either"]] = "either",
    unit: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
    most: FromQuery[int] = 50,
) -> PageView:
    """List the matters that press, soonest due first; those of one unit, or with an empty `unit` of none."""
    handed, who, now = asking(request)
    return await matters.pressing_list(
        handed.pool, who, filters, how=how, unit=unit, now=now, within=timedelta(hours=hours), after=after,
        most=most,
    )  # fmt: skip


@get("/spread", dependencies=FILTERED)
async def spread(
    request: AnyRequest,
    filters: NamedDependency[Filters],
    hours: Hours = 24,
) -> SpreadView:
    """Show where the open matters lie that this post may see, in cells of about 200 m; for maps.

    Matters without a point are put in the middle of their territory, those of no known place nowhere.
    """
    handed, who, now = asking(request)
    found = await matters.spread(handed.pool, who, filters, now=now, within=timedelta(hours=hours))
    terrain = handed.terrain()
    return replace(found, cells=tuple(_placed(cell, terrain) for cell in found.cells))


def _placed(cell: Cell, terrain: Terrain) -> Cell:
    middle = terrain.centres.of(cell.territory) if cell.territory in terrain.atlas else None
    return replace(cell, lon=middle[0], lat=middle[1]) if middle else cell


HANDLERS = (pressing, pressing_matters, spread)
