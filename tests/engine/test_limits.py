"""Time limits: every vector of the counting rules, and what must hold for any start, limit and pause."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from yuzhi.base.refusal import Refusal
from yuzhi.engine.calendar import SHANGHAI, Calendar, parse_calendar, parse_hours
from yuzhi.engine.limits import (
    BY_DAY,
    Limit,
    Pause,
    Unit,
    consumed,
    due_after_pause,
    due_at,
    last_day,
    parse_limit,
    remaining,
    unrolled_due_at,
    warn_at,
)

CN = Path(__file__).parents[2] / "src/yuzhi/data/calendar/cn.csv"


@cache
def china() -> Calendar:
    return parse_calendar(CN.read_text(encoding="utf-8"), source="cn.csv")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "limit", "last", "unrolled"),
    [
        ("2026-02-13", "1 workday", "2026-02-14", "2026-02-14"),
        ("2026-02-13", "2 workdays", "2026-02-24", "2026-02-24"),
        ("2025-09-26", "1 workday", "2025-09-28", "2025-09-28"),
        ("2025-09-30", "5 workdays", "2025-10-14", "2025-10-14"),
        ("2026-09-24", "1 workday", "2026-09-28", "2026-09-28"),
        ("2026-01-30", "20 workdays", "2026-03-05", "2026-03-05"),
        ("2026-01-02", "30 days", "2026-02-02", "2026-02-01"),
        ("2026-01-24", "30 days", "2026-02-24", "2026-02-23"),
        ("2026-03-02", "60 days", "2026-05-06", "2026-05-01"),
        ("2026-01-30", "15 days", "2026-02-14", "2026-02-14"),
        ("2025-08-31", "6 months", "2026-02-28", "2026-02-28"),
        ("2023-01-31", "13 months", "2024-02-29", "2024-02-29"),
        ("2024-02-29", "12 months", "2025-02-28", "2025-02-28"),
        ("2025-12-31", "1 day", "2026-01-04", "2026-01-01"),
    ],
)
def test_days_and_months(start: str, limit: str, last: str, unrolled: str) -> None:
    for clock in ("00:00", "10:30", "23:59:59.999999"):
        due = due_at(at(f"{start}T{clock}"), parse_limit(limit), china())
        assert due == at(last) + timedelta(1)
        assert last_day(due, china()) == date.fromisoformat(last)
        own = unrolled_due_at(at(f"{start}T{clock}"), parse_limit(limit), china())
        assert last_day(own, china()) == date.fromisoformat(unrolled)


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        ("2026-02-14T17:30", "30 minutes", "2026-02-14T18:00"),
        ("2026-02-14T17:30", "24 hours", "2026-02-15T17:30"),
        ("2026-02-13T17:00", "2 work-hours", "2026-02-14T10:00"),
        ("2026-02-14T17:00", "2 work-hours", "2026-02-24T10:00"),
        ("2026-03-03T11:30", "1 work-hour", "2026-03-03T13:30"),
        ("2026-03-03T12:20", "5 work-hours", "2026-03-03T18:00"),
        ("2026-03-03T07:00", "3 work-hours", "2026-03-03T12:00"),
        ("2026-03-07T11:00", "8 work-hours", "2026-03-09T18:00"),
        ("2026-03-06T09:00", "9 work-hours", "2026-03-09T10:00"),
    ],
)
def test_hours(start: str, limit: str, due: str) -> None:
    assert due_at(at(start), parse_limit(limit), china()) == at(due)


def test_office_hours_of_the_city_are_used() -> None:
    city = parse_calendar(
        CN.read_text(encoding="utf-8"), source="cn.csv", hours=parse_hours("08:30-12:00, 14:30-18:00")
    )
    assert due_at(at("2026-03-03T11:30"), parse_limit("1 work-hour"), city) == at("2026-03-03T15:00")


def test_due_is_the_same_whatever_zone_the_start_was_written_in() -> None:
    start = at("2026-03-03T00:30")
    for limit in ("2 work-hours", "3 workdays", "24 hours"):
        there = due_at(start.astimezone(UTC), parse_limit(limit), china())
        assert there == due_at(start, parse_limit(limit), china())
        assert there.tzinfo is SHANGHAI
    assert last_day(due_at(start, parse_limit("3 days"), china()).astimezone(UTC), china()) == date(
        2026, 3, 6
    )


def test_twenty_four_hours_are_real_hours_where_clocks_change() -> None:
    berlin = parse_calendar(CN.read_text(encoding="utf-8"), source="cn.csv", zone=ZoneInfo("Europe/Berlin"))
    start = datetime(2026, 3, 28, 12, 0, tzinfo=berlin.zone)
    due = due_at(start, parse_limit("24 hours"), berlin)
    assert due.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=24)
    assert due.hour == 13


def test_beyond_the_loaded_years() -> None:
    start = at("2026-12-20T09:00")
    for limit in ("20 workdays", "30 days", "1 month", "200 work-hours"):
        with pytest.raises(Refusal, match=r"calendar\.year_not_loaded"):
            due_at(start, parse_limit(limit), china())
    assert unrolled_due_at(start, parse_limit("30 days"), china()) == at("2027-01-20")
    assert due_at(start, parse_limit("500 hours"), china()) == start + timedelta(hours=500)


def test_a_start_without_a_zone_is_a_bug() -> None:
    for unit in Unit:
        with pytest.raises(ValueError, match="zone"):
            due_at(datetime(2026, 3, 3), Limit(1, unit), china())  # noqa: DTZ001  the point of the test


@given(st.builds(Limit, st.integers(1, 10_000), st.sampled_from(Unit)))
def test_a_limit_reads_what_it_writes(limit: Limit) -> None:
    assert parse_limit(str(limit)) == limit


@pytest.mark.parametrize(
    ("given_text", "nearest"),
    [
        ("5 work days", "5 workdays"),
        ("5个工作日", "5 workdays"),
        ("2 office hours", "2 work-hours"),
        ("3 business days", "3 workdays"),
        ("2 years", "24 months"),
        ("1 week", "7 days"),
        ("5 Workdays", "5 workdays"),
        ("05 days", "5 days"),
        ("5days", "5 days"),
        ("0 days", "1 day"),
        ("15日", "15 days"),
        ("- days", "1 day"),
        ("days", "1 day"),
        ("soon", ""),
        ("", ""),
        ("5", ""),
        ("٣ days", "1 day"),
    ],
)
def test_an_unknown_limit_names_the_nearest(given_text: str, nearest: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_limit(given_text)
    assert refused.value.code == "limit.unknown"
    assert refused.value.facts == {"given": given_text, "nearest": nearest}


def test_an_amount_out_of_range() -> None:
    with pytest.raises(Refusal, match=r"limit\.out_of_range"):
        parse_limit("10001 days")
    with pytest.raises(Refusal, match=r"limit\.out_of_range"):
        Limit(0, Unit.DAYS)


def test_extension_runs_on_from_the_last_day() -> None:
    six = parse_limit("6 months")
    assert due_at(at("2024-08-31T09:00"), six.extended(six), china()) == at("2025-09-02")
    with pytest.raises(Refusal, match=r"limit\.other_unit"):
        six.extended(parse_limit("30 days"))


starts = st.datetimes(datetime(2004, 1, 1), datetime(2024, 12, 31)).map(  # noqa: DTZ001  given a zone here
    lambda wall: wall.replace(tzinfo=SHANGHAI)
)
limits = st.builds(Limit, st.integers(1, 90), st.sampled_from(Unit)).filter(
    lambda limit: limit.unit is not Unit.MONTHS or limit.amount <= 18
)
spans = st.timedeltas(timedelta(), timedelta(40))


@given(starts, spans, limits, st.booleans())
def test_a_later_start_is_never_due_earlier(
    start: datetime, later: timedelta, limit: Limit, roll: bool
) -> None:
    assert due_at(start, limit, china(), roll=roll) <= due_at(start + later, limit, china(), roll=roll)


@given(starts, limits, st.integers(1, 10), st.booleans())
def test_a_longer_limit_is_never_due_earlier(start: datetime, limit: Limit, more: int, roll: bool) -> None:
    longer = Limit(limit.amount + more, limit.unit)
    assert start < due_at(start, limit, china(), roll=roll) <= due_at(start, longer, china(), roll=roll)


@given(starts, limits)
def test_rolling_ends_on_a_workday_and_only_ever_later(start: datetime, limit: Limit) -> None:
    due, own = due_at(start, limit, china()), unrolled_due_at(start, limit, china())
    assert own <= due
    if limit.unit in BY_DAY:
        assert china().is_workday(last_day(due, china()))
        assert due.timetz() == own.timetz() == at("2026-01-01").timetz()
        assert china().workdays_between(last_day(own, china()), last_day(due, china())) <= 1


@given(starts, limits)
def test_a_limit_is_consumed_when_it_falls_due(start: datetime, limit: Limit) -> None:
    assume(limit.unit is not Unit.MONTHS)
    due = unrolled_due_at(start, limit, china())
    used = consumed(start, due, limit.unit, china())
    by_time = {Unit.MINUTES: timedelta(minutes=1)}.get(limit.unit, timedelta(hours=1))
    assert used == limit.amount * (timedelta(1) if limit.unit in BY_DAY else by_time)
    assert consumed(start, due - timedelta(microseconds=1), limit.unit, china()) < used
    assert consumed(due, start, limit.unit, china()) == timedelta()


@given(starts, spans, spans, st.sampled_from(Unit))
def test_consumed_never_goes_back(start: datetime, a: timedelta, b: timedelta, unit: Unit) -> None:
    assert consumed(start, start + a, unit, china()) <= consumed(start, start + a + b, unit, china())


def test_remaining_does_not_count_the_running_day() -> None:
    due = due_at(at("2026-03-02T10:00"), parse_limit("3 workdays"), china())
    assert remaining(at("2026-03-03T09:00"), due, Unit.WORKDAYS, china()) == timedelta(2)
    assert remaining(at("2026-03-05T23:00"), due, Unit.WORKDAYS, china()) == timedelta(0)
    assert remaining(at("2026-03-09T09:00"), due, Unit.WORKDAYS, china()) == timedelta(0)


@pytest.mark.parametrize(
    ("due", "ahead", "warned"),
    [
        ("2026-03-07T00:00", "1 workday", "2026-03-06T00:00"),
        ("2026-03-10T00:00", "2 workdays", "2026-03-06T00:00"),
        ("2026-03-08T00:00", "1 workday", "2026-03-06T00:00"),
        ("2026-03-07T00:00", "2 days", "2026-03-05T00:00"),
        ("2026-04-01T00:00", "1 month", "2026-03-01T00:00"),
        ("2026-03-07T00:00", "24 hours", "2026-03-06T00:00"),
        ("2026-03-09T10:00", "2 work-hours", "2026-03-06T17:00"),
        ("2026-03-09T10:00", "30 minutes", "2026-03-09T09:30"),
    ],
)
def test_warning_ahead(due: str, ahead: str, warned: str) -> None:
    assert warn_at(at(due), parse_limit(ahead), china()) == at(warned)


@given(starts, limits, limits)
def test_a_warning_is_before_the_due(start: datetime, limit: Limit, ahead: Limit) -> None:
    assume(start.year > 2008 or ahead.amount < 5)
    assume(start.year > 2004)
    due = due_at(start, limit, china())
    assert warn_at(due, ahead, china()) < due


@pytest.mark.parametrize(
    ("limit", "pauses", "due"),
    [
        # counted by time: exactly what was lost
        ("24 hours", [("2026-03-02T12:00", "2026-03-02T15:30")], "2026-03-03T13:30"),
        ("24 hours", [("2026-03-03T11:00", "2026-03-03T12:00")], "2026-03-03T10:00"),
        ("4 work-hours", [("2026-03-02T11:00", "2026-03-02T14:00")], "2026-03-02T17:00"),
        ("4 work-hours", [("2026-03-02T12:10", "2026-03-02T12:50")], "2026-03-02T15:00"),
        ("10 work-hours", [("2026-03-02T17:00", "2026-03-04T10:00")], "2026-03-04T15:00"),
        # counted by day: the days after the pause up to the day of resuming
        ("5 workdays", [("2026-03-03T09:00", "2026-03-03T17:00")], "2026-03-10T00:00"),
        ("5 workdays", [("2026-03-03T09:00", "2026-03-05T17:00")], "2026-03-12T00:00"),
        ("5 workdays", [("2026-03-06T09:00", "2026-03-09T09:00")], "2026-03-11T00:00"),
        ("5 workdays", [("2026-03-06T09:00", "2026-03-08T09:00")], "2026-03-10T00:00"),
        ("5 workdays", [("2026-03-09T12:00", "2026-03-11T12:00")], "2026-03-12T00:00"),
        (
            "4 workdays",
            [("2026-03-06T12:00", "2026-03-07T12:00")],
            "2026-03-10T00:00",
        ),  # Friday, its last day
        ("15 days", [("2026-03-03T09:00", "2026-03-05T17:00")], "2026-03-20T00:00"),
        ("1 month", [("2026-03-03T09:00", "2026-03-08T17:00")], "2026-04-08T00:00"),
        # overlapping, before the start, empty, and after the limit is broken
        (
            "15 days",
            [("2026-03-03T09:00", "2026-03-05T17:00"), ("2026-03-04T00:00", "2026-03-05T01:00")],
            "2026-03-20T00:00",
        ),
        ("15 days", [("2026-02-24T09:00", "2026-02-25T17:00")], "2026-03-18T00:00"),
        ("15 days", [("2026-03-04T09:00", "2026-03-04T09:00")], "2026-03-18T00:00"),
        ("15 days", [("2026-03-18T00:00", "2026-03-30T09:00")], "2026-03-18T00:00"),
        # paused on the Sunday a limit is rolled over, resumed on Wednesday: Wednesday is its last day
        ("13 days", [("2026-03-15T09:00", "2026-03-18T09:00")], "2026-03-19T00:00"),
    ],
)
def test_pauses(limit: str, pauses: list[tuple[str, str]], due: str) -> None:
    stood = [Pause(at(a), at(b)) for a, b in pauses]
    start = at("2026-03-02T10:00")
    assert due_after_pause(start, parse_limit(limit), china(), pauses=stood) == at(due)


def test_resuming_before_pausing_is_a_bug() -> None:
    backwards = [Pause(at("2026-03-04T09:00"), at("2026-03-03T09:00"))]
    with pytest.raises(ValueError, match="resumes after"):
        due_after_pause(at("2026-03-02T10:00"), parse_limit("5 days"), china(), pauses=backwards)


pause_lists = st.lists(st.tuples(st.timedeltas(timedelta(-3), timedelta(40)), spans), max_size=4)


def _pauses(start: datetime, told: list[tuple[timedelta, timedelta]]) -> list[Pause]:
    return [Pause(start + begins, start + begins + length) for begins, length in told]


@given(starts, limits, pause_lists, pause_lists, st.booleans())
def test_more_pause_is_never_due_earlier(
    start: datetime,
    limit: Limit,
    told: list[tuple[timedelta, timedelta]],
    more: list[tuple[timedelta, timedelta]],
    roll: bool,
) -> None:
    def due(told: list[tuple[timedelta, timedelta]]) -> datetime:
        return due_after_pause(start, limit, china(), pauses=_pauses(start, told), roll=roll)

    assert due([]) == due_at(start, limit, china(), roll=roll)
    assert due([]) <= due(told) <= due(told + more)
    assert due(told) == due(told[::-1]) == due(told + told)


@given(starts, limits, pause_lists)
def test_a_clock_is_not_due_while_it_stands_still(
    start: datetime, limit: Limit, told: list[tuple[timedelta, timedelta]]
) -> None:
    pauses = _pauses(start, told)
    due = due_after_pause(start, limit, china(), pauses=pauses)
    assert not any(paused_at < due <= resumed_at and resumed_at > start for paused_at, resumed_at in pauses)
    assert unrolled_due_at(start, limit, china()) <= due
    if limit.unit in BY_DAY:
        assert china().is_workday(last_day(due, china()))


@given(starts, limits, pause_lists)
def test_the_unrolled_due_is_never_the_later_one(
    start: datetime, limit: Limit, told: list[tuple[timedelta, timedelta]]
) -> None:
    pauses = _pauses(start, told)
    own = due_after_pause(start, limit, china(), pauses=pauses, roll=False)
    assert own <= due_after_pause(start, limit, china(), pauses=pauses)
