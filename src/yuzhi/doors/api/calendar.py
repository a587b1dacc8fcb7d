"""The workday calendar over HTTP, for the staff: a year as it counts, and when a limit would end."""

from datetime import date, datetime, timedelta
from typing import Final

from litestar import get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.doors.api._needs import asking
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api._sound import AskedInstant, instant
from yuzhi.engine.calendar import Calendar
from yuzhi.engine.limits import due_at, parse_limit

LAST: Final = 9999
_INSTANT: Final = timedelta(microseconds=1)


class StatedDay(Struct, frozen=True):
    """A day that is told apart from Monday to Friday: a weekday off, or a weekend day that is worked."""

    day: date
    is_workday: bool
    name: str
    source: str


class YearView(Struct, frozen=True):
    """A year as it counts. `sources` are the files it was read from, the later ones laid over the first."""

    year: int
    loaded_from: int
    loaded_to: int
    hours: str
    zone: str
    sources: tuple[str, ...]
    workdays: int
    days: tuple[StatedDay, ...]


class LimitView(Struct, frozen=True):
    """A limit begun at an instant: `due_at` is the first instant that is too late."""

    begun_at: datetime
    limit: str
    due_at: datetime
    last_day: date
    skipped: tuple[StatedDay, ...]


@get("/calendar/{year:int}")
async def year(request: AnyRequest, year: FromPath[int]) -> YearView:
    """Show a year as it counts: days off, days worked instead, office hours, and where that comes from."""
    calendar = _calendar(request)
    _check_loaded(calendar, year)
    first, last = date(year, 1, 1), date(year, 12, 31)
    return YearView(
        year=year,
        loaded_from=calendar.loaded_from,
        loaded_to=calendar.loaded_to,
        hours=str(calendar.hours),
        zone=str(calendar.zone),
        sources=tuple(dict.fromkeys(calendar.told_by.values())),
        workdays=calendar.workdays_between(first, last) + calendar.is_workday(first),
        days=_stated(calendar, first, last),
    )


@get("/calendar/limit")
async def limit(
    request: AnyRequest, limit: FromQuery[str] = "5 workdays", begun_at: AskedInstant = None
) -> LimitView:
    """Work out when a limit such as `5 workdays` or `1 month` ends, begun now or at an instant.

    `skipped` are the days told apart that lie between.
    """
    calendar = _calendar(request)
    _, _, now = asking(request)
    begun = instant("begun_at", begun_at) or now
    _check_loaded(calendar, begun.year)
    asked = parse_limit(limit[:80])
    due = due_at(begun, asked, calendar)
    # A day ends at 24:00, which is told as 00:00 of the next one.
    last = calendar.day_of(due - _INSTANT)
    return LimitView(begun, str(asked), due, last, _stated(calendar, calendar.day_of(begun), last))


def _calendar(request: AnyRequest) -> Calendar:
    handed, by, _ = asking(request)
    if by.hand != "post":
        raise Refusal("sign_in.needed")
    return handed.office.calendar


def _check_loaded(calendar: Calendar, year: int) -> None:
    """Refuse `calendar.year_not_loaded`; far years are beyond what a clock can count, too."""
    if not calendar.loaded_from <= year <= calendar.loaded_to:
        reach = {"loaded_from": calendar.loaded_from, "loaded_to": calendar.loaded_to}
        raise Refusal("calendar.year_not_loaded", year=min(max(year, 0), LAST), **reach)


def _stated(calendar: Calendar, first: date, last: date) -> tuple[StatedDay, ...]:
    return tuple(
        StatedDay(day, is_workday, name, calendar.told_by.get(day, ""))
        for day, (is_workday, name) in sorted(calendar.stated.items())
        if first <= day <= last
    )


HANDLERS = (year, limit)
