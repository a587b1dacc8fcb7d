"""Rates over HTTP, each with what it was counted from, and the matters behind every figure."""

from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery
from msgspec import Struct

from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import By, Figure, Filters, PageView, RatesView
from yuzhi.doors.api._needs import asking
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api._sound import AskedInstant, instant


class RatesAnswer(Struct, frozen=True):
    """The rates of every group."""

    by: By
    groups: tuple[RatesView, ...]


async def counted_of(
    request: AnyRequest,
    territory: FromQuery[str] = "",
    procedure: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    category: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    unit: FromQuery[str] = "",
    opened_from: AskedInstant = None,
    opened_to: AskedInstant = None,
) -> Filters:
    """Return which matters are counted, for the figures and for what is behind them."""
    handed, _, _ = asking(request)
    return Filters(
        within=handed.same_ground(territory) if territory else (), procedure=procedure, kind=kind,
        category=category, channel=channel, unit=unit,
        opened_from=instant("opened_from", opened_from), opened_to=instant("opened_to", opened_to),
    )  # fmt: skip


COUNTED = {"filters": Provide(counted_of)}


@get("/rates", dependencies=COUNTED)
async def rates(
    request: AnyRequest, filters: NamedDependency[Filters], by: FromQuery[By] = "unit"
) -> RatesAnswer:
    """Show rates of the matters this post may see, by unit, ground, kind or time; `all` is one group.

    By category, the matters of a category are told apart by what is below it. Days are the city's own.
    """
    handed, who, now = asking(request)
    zone = handed.office.calendar.zone
    return RatesAnswer(by, await matters.rates(handed.pool, who, filters, by=by, now=now, zone=zone))


@get("/rates/matters", dependencies=COUNTED)
async def behind(
    request: AnyRequest,
    filters: NamedDependency[Filters],
    figure: FromQuery[Figure],
    group: FromQuery[str] = "",
    by: FromQuery[By] = "all",
    after: FromQuery[str | None] = None,
    most: FromQuery[int] = 50,
) -> PageView:
    """List the matters behind one figure of one group, newest first: as many as the figure says."""
    handed, who, now = asking(request)
    return await matters.behind(
        handed.pool, who, filters, figure=figure, by=by, group=group, now=now,
        zone=handed.office.calendar.zone, after=after, most=most,
    )  # fmt: skip


HANDLERS = (rates, behind)
