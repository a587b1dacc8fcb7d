"""Dates that forms ascertain: which are known, from which a limit counts, which cannot be right."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from yuzhi.base.refusal import Refusal
from yuzhi.engine.asks import FieldValue
from yuzhi.engine.calendar import Calendar
from yuzhi.engine.definition import ClockDef, Procedure
from yuzhi.engine.matter import Matter

OPENED = "opened"


def known(matter: Matter, name: str) -> str | None:
    """Return a date that was ascertained, as YYYY-MM-DD, or None."""
    value = matter.fields.get(name)
    return value if isinstance(value, str) else None


def counted_from(matter: Matter, clock: ClockDef, calendar: Calendar) -> datetime | None:
    """Return the beginning of the day a clock counts from, None if it counts from the instant it starts.

    Of several dates it is the last: what needs them all takes effect with the last. Raises Refusal
    `clock.start_missing`, with the article it rests on, while one of them is not known.
    """
    if not clock.since:
        return None
    days = {name: known(matter, name) for name in clock.since}
    if missing := [name for name, day in days.items() if day is None]:
        raise Refusal("clock.start_missing", clock=clock.name, dates=missing, basis=clock.basis)
    last = max(date.fromisoformat(day) for day in days.values() if day is not None)
    return calendar.end_of(last - timedelta(1)).astimezone(UTC)


def check(
    procedure: Procedure,
    given: Mapping[str, FieldValue],
    before: Mapping[str, FieldValue],
    *,
    opened_at: datetime,
    now: datetime,
    calendar: Calendar,
) -> None:
    """Raise Refusal when a date that is given cannot be: `date.bad`, `date.in_future`, `date.before`.

    `before` are the fields known already; each new date is held against them and against its neighbours.
    """
    if not procedure.dates:
        return
    opened_on, today = calendar.day_of(opened_at), calendar.day_of(now)
    days = {
        one.name: _day(one.name, found)
        for one in procedure.dates
        if (found := {**before, **given}.get(one.name))
    }
    for one in procedure.dates:
        day = days.get(one.name)
        if day is None:
            continue
        if one.name in given and day > today and not one.may_lie_ahead:
            raise Refusal("date.in_future", date=one.name, given=str(day), today=str(today))
        for earlier in one.not_before:
            bound = opened_on if earlier == OPENED else days.get(earlier)
            is_new = one.name in given or earlier in given
            if is_new and bound is not None and day < bound:
                raise Refusal("date.before", date=one.name, given=str(day), event=earlier, bound=str(bound))


def _day(name: str, value: FieldValue) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Refusal("date.bad", date=name, given=str(value)[:20]) from None
