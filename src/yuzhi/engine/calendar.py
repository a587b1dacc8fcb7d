"""The workday calendar: which days an office works, and at what hours, as loaded data.

Nothing is derived from the law beyond the last loaded year, because the State Council moves days
each year (调休) by a notice of its own. The module reads no file: it is handed the text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from yuzhi.base.refusal import Refusal

SHANGHAI = ZoneInfo("Asia/Shanghai")
YEARS = range(1949, 2200)  # far years are slips of the pen
SECOND = 1_000_000  # office time is counted in whole microseconds
MINUTE = 60 * SECOND

_SPAN = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*[-–—]\s*([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hours:
    """The office hours of one workday: spans of (first minute, end minute) of the day, in order."""

    spans: tuple[tuple[int, int], ...] = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))
    length: int = field(init=False)  # microseconds of office time in a workday

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        in_order = all(a < b for a, b in self.spans) and all(a <= b for a, b in pairwise(edges))
        if not edges or not in_order or edges[0] < 0 or edges[-1] > 24 * 60:
            raise Refusal("calendar.bad_hours", given=str(self))
        object.__setattr__(self, "length", sum(b - a for a, b in self.spans) * MINUTE)

    def __str__(self) -> str:
        return ", ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in self.spans)

    def passed(self, clock: int) -> int:
        """Return the office time gone by when `clock` microseconds have passed since 00:00."""
        passed = 0
        for a, b in self.spans:
            if clock > a * MINUTE:
                passed += min(clock, b * MINUTE) - a * MINUTE
        return passed

    def reached(self, worked: int) -> int:
        """Return the earliest microsecond of the day at which `worked` office time has gone by."""
        for a, b in self.spans:
            if worked <= (b - a) * MINUTE:
                return a * MINUTE + worked
            worked -= (b - a) * MINUTE
        raise ValueError("more office time than a workday has")


def parse_hours(text: str) -> Hours:
    """Read office hours such as `08:30-12:00, 13:30-17:00`; raise Refusal `calendar.bad_hours`."""
    spans = []
    for part in re.split(r"[,，、]", text):
        if not (found := _SPAN.fullmatch(part.strip())):
            raise Refusal("calendar.bad_hours", given=text)
        a, b, c, d = map(int, found.groups())
        spans.append((a * 60 + b, c * 60 + d))
    return Hours(tuple(spans))


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """The workdays of whole years in one city: made by `parse_calendar`, asked by the clocks.

    Every answer is one or two look-ups. A question about a day outside the loaded years raises
    Refusal `calendar.year_not_loaded` with `year`, `loaded_from` and `loaded_to`.
    """

    loaded_from: int
    loaded_to: int
    stated: Mapping[date, tuple[bool, str]]  # days told apart from Monday to Friday, with their names
    hours: Hours = field(default_factory=Hours)
    zone: ZoneInfo = SHANGHAI
    told_by: Mapping[date, str] = field(default_factory=dict)  # the file that set each stated day apart
    _first: int = field(init=False, repr=False)  # ordinal of the first loaded day
    _works: bytes = field(init=False, repr=False)  # 1 for each workday
    _before: tuple[int, ...] = field(init=False, repr=False)  # workdays before each day
    _days: tuple[int, ...] = field(init=False, repr=False)  # ordinals of the workdays

    def __post_init__(self) -> None:
        first = date(self.loaded_from, 1, 1).toordinal()
        works = bytearray(
            (first + i - 1) % 7 < 5 for i in range(date(self.loaded_to + 1, 1, 1).toordinal() - first)
        )
        for day, (is_workday, _) in self.stated.items():
            works[day.toordinal() - first] = is_workday
        object.__setattr__(self, "_first", first)
        object.__setattr__(self, "_works", bytes(works))
        object.__setattr__(self, "_before", tuple(accumulate(works, initial=0)))
        object.__setattr__(self, "_days", tuple(first + i for i, workday in enumerate(works) if workday))

    def is_workday(self, day: date) -> bool:
        """Tell whether offices work on `day`; a make-up Saturday or Sunday is a workday."""
        return self._works[self._place(day)] == 1

    def name_of(self, day: date) -> str:
        """Return the festival (or local note) that set `day` apart, or an empty string."""
        return self.stated.get(day, (False, ""))[1]

    def next_workday(self, day: date) -> date:
        """Return the first workday after `day`."""
        return self.add_workdays(day, 1)

    def roll(self, day: date) -> date:
        """Return `day` if it is a workday, else the first workday after it (民法典 203)."""
        return day if self.is_workday(day) else self.add_workdays(day, 1)

    def add_workdays(self, day: date, amount: int) -> date:
        """Return the `amount`-th workday after `day` (before it, if negative), `day` not counted."""
        place = self._place(day)
        if amount == 0:
            return day
        ahead = self._before[place + 1] - 1 if amount > 0 else self._before[place]
        return date.fromordinal(self._nth_workday(ahead + amount))

    def workdays_between(self, a: date, b: date) -> int:
        """Count the workdays after `a` up to and including `b`; negative if `b` is before `a`."""
        return self._before[self._place(b) + 1] - self._before[self._place(a) + 1]

    def local(self, at: datetime) -> datetime:
        """Return the aware instant `at` on the city's own clock."""
        if at.tzinfo is None:
            raise ValueError("an instant must know its zone")
        return at.astimezone(self.zone)

    def day_of(self, at: datetime) -> date:
        """Return the city's own date at the aware instant `at`."""
        return self.local(at).date()

    def end_of(self, day: date) -> datetime:
        """Return 24:00 of `day`: the first instant of the next day, which no longer belongs to it."""
        return datetime.combine(day + timedelta(1), time(), self.zone)

    def worked(self, at: datetime) -> int:
        """Return the microseconds of office time between the first loaded day and `at`."""
        local = self.local(at)
        place = self._place(local)
        whole = self._before[place] * self.hours.length
        if not self._works[place]:
            return whole
        seconds = (local.hour * 60 + local.minute) * 60 + local.second
        return whole + self.hours.passed(seconds * SECOND + local.microsecond)

    def when_worked(self, worked: int) -> datetime:
        """Return the earliest instant at which `worked` is reached: a day's close, not the next opening."""
        whole, rest = divmod(worked - 1, self.hours.length)
        day = date.fromordinal(self._nth_workday(whole))
        # Both sides are wall time: office hours do not straddle a change of the clocks.
        opened = datetime.combine(day, time(), self.zone)
        return opened + timedelta(microseconds=self.hours.reached(rest + 1))

    def with_overrides(self, text: str, *, source: str) -> "Calendar":
        """Return this calendar with a city's own days off and on laid over it.

        `text` has the header `date,workday,note` and a note on every line. A local day off counts
        like any other day off, in workdays and in rolling (放假办法 4 lets regions set their own).
        Raises the refusals of `parse_calendar` that name a line, `calendar.note_missing`, and
        `calendar.year_not_loaded` for a day this calendar does not reach.
        """
        years, lines = _read(text, source, "note")
        if years:
            raise next(iter(years.values())).refused("calendar.bad_date")
        for line in lines:
            if not line.name:
                raise line.refused("calendar.note_missing")
            if not self.loaded_from <= line.day.year <= self.loaded_to:
                raise self._not_loaded(line.day.year, source=source, line=line.number)
        return replace(
            self,
            stated={**self.stated, **_stated(lines)},
            told_by={**self.told_by, **_told_by(lines)},
        )

    def _place(self, day: date) -> int:
        place = day.toordinal() - self._first
        if not 0 <= place < len(self._works):
            raise self._not_loaded(day.year)
        return place

    def _nth_workday(self, index: int) -> int:
        if not 0 <= index < len(self._days):
            raise self._not_loaded(self.loaded_from - 1 if index < 0 else self.loaded_to + 1)
        return self._days[index]

    def _not_loaded(self, year: int, **where: object) -> Refusal:
        reach = {"loaded_from": self.loaded_from, "loaded_to": self.loaded_to}
        return Refusal("calendar.year_not_loaded", year=year, **reach, **where)


def parse_calendar(
    text: str, *, source: str, hours: Hours | None = None, zone: ZoneInfo = SHANGHAI
) -> Calendar:
    """Read a calendar file (its form: `data/calendar/README.md`); `source` names it in refusals.

    Raises Refusal with `source`, `line` and `given`: `calendar.bad_header`, `calendar.bad_line`,
    `calendar.bad_date`, `calendar.bad_workday`, `calendar.day_twice` and `calendar.year_line_missing`
    (a day of a year that has no line of its own); about the whole file, `calendar.year_gap` and
    `calendar.empty`.
    """
    years, lines = _read(text, source, "festival")
    for line in lines:
        if line.day.year not in years:
            raise line.refused("calendar.year_line_missing")
    if not years:
        raise Refusal("calendar.empty", source=source)
    if missing := set(range(min(years), max(years))) - set(years):
        raise Refusal("calendar.year_gap", source=source, year=min(missing))
    return Calendar(min(years), max(years), _stated(lines), hours or Hours(), zone, _told_by(lines))


@dataclass(frozen=True, slots=True)
class _Line:
    source: str
    number: int
    given: str
    day: date = date.min
    is_workday: bool = False
    name: str = ""

    def refused(self, code: str) -> Refusal:
        return Refusal(code, source=self.source, line=self.number, given=self.given[:200])


def _read(text: str, source: str, third: str) -> tuple[dict[int, _Line], list[_Line]]:
    """Return the year lines by year, and the day lines; `third` is the last column's name."""
    years: dict[int, _Line] = {}
    days: dict[date, _Line] = {}
    is_headed = False
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        line = _Line(source, number, raw)
        told = [part.strip() for part in raw.split(",", 2)]
        if not raw.strip() or raw.startswith("#"):
            continue
        if not is_headed:
            if told != ["date", "workday", third]:
                raise line.refused("calendar.bad_header")
            is_headed = True
        elif len(told) != 3:
            raise line.refused("calendar.bad_line")
        elif told[1] == "loaded":
            years[_year(line, told[0])] = line
        else:
            line = replace(line, day=_day(line, told[0]), is_workday=_is_workday(line, told[1]), name=told[2])
            if line.day in days:
                raise line.refused("calendar.day_twice")
            days[line.day] = line
    return years, list(days.values())


def _stated(lines: list[_Line]) -> dict[date, tuple[bool, str]]:
    return {line.day: (line.is_workday, line.name) for line in lines}


def _told_by(lines: list[_Line]) -> dict[date, str]:
    return {line.day: line.source for line in lines}


def _year(line: _Line, given: str) -> int:
    if not _YEAR.fullmatch(given) or int(given) not in YEARS:
        raise line.refused("calendar.bad_date")
    return int(given)


def _day(line: _Line, given: str) -> date:
    if not _DAY.fullmatch(given):
        raise line.refused("calendar.bad_date")
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise line.refused("calendar.bad_date") from None


def _is_workday(line: _Line, given: str) -> bool:
    if given not in {"0", "1"}:
        raise line.refused("calendar.bad_workday")
    return given == "1"
