"""Rates over HTTP, each with what it was counted from, and the matters behind every figure."""

from datetime import datetime
from typing import Any, Literal

from litestar import Request, get
from litestar.params import FromQuery
from msgspec import Struct

from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import By, Filters, PageView, RatesView
from yuzhi.doors.api._needs import ApiNeeds, asking

AnyRequest = Request[Any, Any, Any]
AskedBy = Literal[
    "all", "unit", "district", "town", "community", "category", "kind", "channel", "procedure",
    "month", "week", "day",
]  # fmt: skip
AskedFigure = Literal[
    "received", "open", "overdue", "answered", "concluded", "on_time", "late", "heard", "ever_answered",
    "disputed", "urged", "supervised", "escalated", "verdicts", "solved", "unsolved", "satisfied",
    "dissatisfied", "given", "returned",
]  # fmt: skip


class RatesAnswer(Struct, frozen=True):
    """The rates of every group."""

    by: By
    groups: tuple[RatesView, ...]


@get("/rates")
async def rates(
    request: AnyRequest,
    by: FromQuery[AskedBy] = "unit",
    territory: FromQuery[str] = "",
    procedure: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    category: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    unit: FromQuery[str] = "",
    opened_from: FromQuery[datetime | None] = None,
    opened_to: FromQuery[datetime | None] = None,
) -> RatesAnswer:
    """Show rates of the matters this post may see, by unit, ground, kind or time; `all` is one group.

    By category, the matters of a category are told apart by what is below it. Days are the city's own.
    """
    handed, who, now = asking(request)
    filters = _filters(
        handed, territory, procedure=procedure, kind=kind, category=category, channel=channel, unit=unit,
        opened_from=opened_from, opened_to=opened_to,
    )  # fmt: skip
    zone = handed.office.calendar.zone
    return RatesAnswer(by, await matters.rates(handed.pool, who, filters, by=by, now=now, zone=zone))


@get("/rates/matters")
async def behind(
    request: AnyRequest,
    figure: FromQuery[AskedFigure],
    group: FromQuery[str] = "",
    by: FromQuery[AskedBy] = "all",
    territory: FromQuery[str] = "",
    procedure: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    category: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    unit: FromQuery[str] = "",
    opened_from: FromQuery[datetime | None] = None,
    opened_to: FromQuery[datetime | None] = None,
    after: FromQuery[str | None] = None,
    most: FromQuery[int] = 50,
) -> PageView:
    """List the matters behind one figure of one group, newest first: as many as the figure says."""
    handed, who, now = asking(request)
    filters = _filters(
        handed, territory, procedure=procedure, kind=kind, category=category, channel=channel, unit=unit,
        opened_from=opened_from, opened_to=opened_to,
    )  # fmt: skip
    return await matters.behind(
        handed.pool, who, filters, figure=figure, by=by, group=group, now=now,
        zone=handed.office.calendar.zone, after=after, most=most,
    )  # fmt: skip


def _filters(handed: ApiNeeds, territory: str, **given: Any) -> Filters:  # noqa: ANN401 - passed on as named
    within = handed.same_ground(territory) if territory else ()
    return Filters(within=within, **given)


HANDLERS = (rates, behind)
