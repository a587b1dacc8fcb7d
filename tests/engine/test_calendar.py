"""The workday calendar: its file form, its answers, and agreement with an independent table."""

import csv
import os
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhi.base.refusal import Refusal
from yuzhi.engine.calendar import SHANGHAI, Calendar, Hours, parse_calendar, parse_hours

ROOT = Path(__file__).parents[2]
CN = ROOT / "src/yuzhi/data/calendar/cn.csv"
TABLE = Path(
    os.environ.get("YUZHI_SHARED", ROOT.parent / "shared"), "data/calendar/cn_workdays_2018_2026.csv"
)


@cache
def china() -> Calendar:
    return parse_calendar(CN.read_text(encoding="utf-8"), source="cn.csv")


loaded_days = st.dates(date(2004, 1, 1), date(2026, 12, 31))


def test_the_shipped_years() -> None:
    calendar = china()
    assert (calendar.loaded_from, calendar.loaded_to) == (2004, 2026)
    assert calendar.is_workday(date(2004, 1, 17))
    assert not calendar.is_workday(date(2004, 1, 1))
    assert CN.stat().st_size < 20_000


def test_agrees_with_an_independent_table_day_by_day() -> None:
    if not TABLE.is_file():
        pytest.skip(f"no table at {TABLE}")
    with TABLE.open(encoding="utf-8") as rows:
        differing = [
            row["date"]
            for row in csv.DictReader(rows)
            if china().is_workday(date.fromisoformat(row["date"])) != (row["is_workday"] == "1")
        ]
    assert differing == []


MOVED = {  # years whose sum is not the law's, and why
    2011: -1,  # two days of the New Year of 2012 were paid for in December
    2012: 1,
    2015: 1,  # September 3rd
    2020: 2,  # the Spring Festival break was lengthened
}


@pytest.mark.parametrize("year", range(2008, 2027))
def test_a_year_has_the_holidays_the_law_gives(year: int) -> None:
    every_day = [date(year, 1, 1) + timedelta(i) for i in range(366)]
    weekdays = sum(day.year == year and day.isoweekday() < 6 for day in every_day)
    workdays = china().workdays_between(date(year - 1, 12, 31), date(year, 12, 31))
    by_law = 11 if year < 2025 else 13
    assert weekdays - workdays == by_law + MOVED.get(year, 0)


def test_festival_names() -> None:
    assert china().name_of(date(2026, 2, 17)) == "春节"
    assert china().name_of(date(2026, 2, 14)) == "春节"
    assert not china().name_of(date(2026, 3, 3))


@pytest.mark.parametrize(
    ("day", "then"),
    [
        (date(2026, 2, 13), date(2026, 2, 14)),
        (date(2026, 2, 14), date(2026, 2, 24)),
        (date(2026, 9, 24), date(2026, 9, 28)),
        (date(2024, 12, 31), date(2025, 1, 2)),
    ],
)
def test_next_workday(day: date, then: date) -> None:
    assert china().next_workday(day) == then


def test_roll_leaves_a_workday_where_it_is() -> None:
    assert china().roll(date(2026, 2, 14)) == date(2026, 2, 14)
    assert china().roll(date(2026, 5, 1)) == date(2026, 5, 6)


@pytest.mark.parametrize(
    ("ask", "year"),
    [
        (lambda c: c.is_workday(date(2027, 1, 1)), 2027),
        (lambda c: c.is_workday(date(2003, 12, 31)), 2003),
        (lambda c: c.add_workdays(date(2026, 12, 30), 2), 2027),
        (lambda c: c.add_workdays(date(2004, 1, 5), -2), 2003),
        (lambda c: c.next_workday(date(2026, 12, 31)), 2027),
        (lambda c: c.workdays_between(date(2026, 1, 1), date(2030, 1, 1)), 2030),
        (lambda c: c.worked(datetime(2027, 5, 1, tzinfo=SHANGHAI)), 2027),
    ],
)
def test_refuses_beyond_the_loaded_years(ask: object, year: int) -> None:
    assert callable(ask)
    with pytest.raises(Refusal) as refused:
        ask(china())
    assert refused.value.code == "calendar.year_not_loaded"
    assert refused.value.facts == {"year": year, "loaded_from": 2004, "loaded_to": 2026}


@given(loaded_days, loaded_days)
def test_workdays_between_counts_what_is_workday_says(a: date, b: date) -> None:
    a, b = min(a, b), min(max(a, b), min(a, b) + timedelta(60))
    counted = sum(china().is_workday(a + timedelta(i)) for i in range(1, (b - a).days + 1))
    assert china().workdays_between(a, b) == counted
    assert china().workdays_between(b, a) == -counted


@given(st.dates(date(2006, 1, 1), date(2024, 12, 31)), st.integers(-300, 300))
def test_add_workdays_is_the_inverse_of_counting(day: date, amount: int) -> None:
    there = china().add_workdays(day, amount)
    if amount >= 0:
        assert china().workdays_between(day, there) == amount
    else:
        assert china().workdays_between(there - timedelta(1), day - timedelta(1)) == -amount
    assert amount == 0 or china().is_workday(there)


HEAD = "date,workday,festival\n"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "calendar.empty", None),
        (HEAD, "calendar.empty", None),
        ("day,work,name\n", "calendar.bad_header", 1),
        (HEAD + "2026,loaded\n", "calendar.bad_line", 2),
        (HEAD + "2026,loaded,\n2026/1/2,0,元旦\n", "calendar.bad_date", 3),
        (HEAD + "2026,loaded,\n2026-02-30,0,春节\n", "calendar.bad_date", 3),
        (HEAD + "2026,loaded,\n2026-W01-1,0,元旦\n", "calendar.bad_date", 3),
        (HEAD + "9999,loaded,\n", "calendar.bad_date", 2),
        (HEAD + "2026,loaded,\n\n# a word\n2026-01-02,off,元旦\n", "calendar.bad_workday", 5),
        (HEAD + "2026,loaded,\n2026-01-02,0,元旦\n2026-01-02,0,元旦\n", "calendar.day_twice", 4),
        (HEAD + "2026,loaded,\n2027-01-01,0,元旦\n", "calendar.year_line_missing", 3),
        (HEAD + "2024,loaded,\n2026,loaded,\n", "calendar.year_gap", None),
    ],
)
def test_a_bad_file_is_named_with_its_line(text: str, code: str, line: int | None) -> None:
    with pytest.raises(Refusal) as refused:
        parse_calendar(text, source="my.csv")
    assert (refused.value.code, refused.value.facts.get("line")) == (code, line)
    assert refused.value.facts["source"] == "my.csv"


def test_a_year_written_by_hand() -> None:
    text = "\ufeffdate,workday,festival\r\n2030,loaded,\r\n2030-01-01,0,元旦\r\n2030-01-05,1,元旦\r\n"
    calendar = parse_calendar(text, source="2030.csv")
    assert calendar.next_workday(date(2030, 1, 4)) == date(2030, 1, 5)
    assert calendar.roll(date(2030, 1, 1)) == date(2030, 1, 2)


def test_local_days_lie_over_the_national_ones() -> None:
    local = china().with_overrides(
        "date,workday,note\n2026-04-20,0,三月三\n2026-04-25,1,调休\n", source="city.csv"
    )
    assert not local.is_workday(date(2026, 4, 20))
    assert local.is_workday(date(2026, 4, 25))
    assert local.name_of(date(2026, 4, 20)) == "三月三"
    assert local.name_of(date(2026, 2, 17)) == "春节"
    assert china().is_workday(date(2026, 4, 20))


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("2026-04-20,0,\n", "calendar.note_missing"),
        ("2031-04-20,0,三月三\n", "calendar.year_not_loaded"),
        ("2027,loaded,\n", "calendar.bad_date"),
    ],
)
def test_a_bad_local_day_is_named_with_its_line(lines: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        china().with_overrides("date,workday,note\n" + lines, source="city.csv")
    assert (refused.value.code, refused.value.facts["line"]) == (code, 2)
    assert refused.value.facts["source"] == "city.csv"


def test_office_hours() -> None:
    hours = parse_hours("08:30-12:00，13:30–17:00")
    assert str(hours) == "08:30-12:00, 13:30-17:00"
    assert hours.length == 7 * 3_600_000_000
    assert str(Hours()) == "09:00-12:00, 13:00-18:00"
    assert parse_hours("0:00-24:00").length == 24 * 3_600_000_000


@pytest.mark.parametrize(
    "text", ["", "9-12", "12:00-09:00", "09:00-12:00,11:00-18:00", "09:00-25:00", "23:00-24:30", "nine"]
)
def test_impossible_office_hours(text: str) -> None:
    with pytest.raises(Refusal, match=r"calendar\.bad_hours"):
        parse_hours(text)


def test_instants_are_read_on_the_city_clock() -> None:
    urumqi = parse_calendar(CN.read_text(encoding="utf-8"), source="cn.csv", zone=ZoneInfo("Asia/Urumqi"))
    at = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
    assert china().day_of(at) == date(2026, 3, 3)
    assert urumqi.day_of(at) == date(2026, 3, 2)
    with pytest.raises(ValueError, match="zone"):
        china().day_of(datetime(2026, 3, 2))  # noqa: DTZ001  the missing zone is the point


@given(st.datetimes(datetime(2004, 1, 5), datetime(2026, 12, 30)))  # noqa: DTZ001  given a zone below
def test_office_time_and_its_inverse(wall: datetime) -> None:
    at = wall.replace(tzinfo=SHANGHAI)
    worked = china().worked(at)
    reached = china().when_worked(worked)
    assert china().worked(reached) == worked
    assert reached <= at
