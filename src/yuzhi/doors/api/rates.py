"""Rates over HTTP: received, on time, solved, satisfied, with what each was counted from."""

from datetime import datetime
from typing import Any, Literal

from litestar import Request, get
from litestar.params import FromQuery
from msgspec import Struct

from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import RatesView
from yuzhi.doors.api._needs import asking

By = Literal["unit", "district", "town", "community", "category", "kind", "channel", "procedure"]


class RatesAnswer(Struct, frozen=True):
    """The rates of every group."""

    by: str
    groups: tuple[RatesView, ...]


@get("/rates")
async def rates(
    request: Request[Any, Any, Any],
    by: FromQuery[
        Literal["unit", "district", "town", "community", "category", "kind", "channel", "procedure"]
    ] = "unit",
    territory: FromQuery[str] = "",
    opened_from: FromQuery[datetime | None] = None,
    opened_to: FromQuery[datetime | None] = None,
) -> RatesAnswer:
    """Show rates of the matters this post may see, by unit, territory, category, kind, channel, procedure."""
    handed, who, now = asking(request)
    within = handed.same_ground(territory) if territory else ()
    found = await matters.rates(
        handed.pool, who, by=by, now=now, within=within, opened_from=opened_from, opened_to=opened_to
    )
    return RatesAnswer(by=by, groups=found)


HANDLERS = (rates,)
