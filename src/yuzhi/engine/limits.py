"""Time limits (时限) and when they fall due, by the counting rules of 民法典 200–204.

Minutes, hours and work-hours run from the instant they start. Days, workdays and months do not count
the day they start on and end at 24:00 of their last day, told here as 00:00 of the next day: a due
instant is the first one that is too late. The module reads no clock and knows no procedure.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from yuzhi.base.refusal import Refusal
from yuzhi.engine.calendar import MINUTE, Calendar

MOST = 10_000  # of any unit; 10,000 months are eight centuries


class Unit(StrEnum):
    """What a limit is counted in; `DAYS` and `MONTHS` are those of the calendar on the wall."""

    MINUTES = "minutes"
    HOURS = "hours"
    WORK_HOURS = "work-hours"
    WORKDAYS = "workdays"
    DAYS = "days"
    MONTHS = "months"


BY_DAY = frozenset({Unit.WORKDAYS, Unit.DAYS, Unit.MONTHS})

_MICROSECOND = timedelta(microseconds=1)
_FORM = re.compile(r"([1-9]\d{0,8}) ([a-z-]+)", re.ASCII)
_UNITS = {spelt: unit for unit in Unit for spelt in (unit.value, unit.value.removesuffix("s"))}
_MEANT: dict[str, tuple[int, Unit]] = {  # what other spellings mean, to name the right one
    **dict.fromkeys(("minute", "min", "分钟", "分"), (1, Unit.MINUTES)),
    **dict.fromkeys(("hour", "hr", "h", "小时", "个小时"), (1, Unit.HOURS)),
    **dict.fromkeys(("work-hour", "working-hour", "office-hour", "工作小时"), (1, Unit.WORK_HOURS)),
    **dict.fromkeys(("workday", "work-day", "working-day", "business-day"), (1, Unit.WORKDAYS)),
    **dict.fromkeys(("工作日", "个工作日"), (1, Unit.WORKDAYS)),
    **dict.fromkeys(("day", "d", "calendar-day", "natural-day", "天", "日", "自然日"), (1, Unit.DAYS)),
    **dict.fromkeys(("week", "星期", "个星期", "周"), (7, Unit.DAYS)),
    **dict.fromkeys(("month", "月", "个月"), (1, Unit.MONTHS)),
    **dict.fromkeys(("year", "年"), (12, Unit.MONTHS)),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of one unit, as a law or a pack states it: `5 workdays`."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.amount <= MOST:
            raise Refusal("limit.out_of_range", given=str(self), most=MOST)

    def __str__(self) -> str:
        return f"{self.amount} {self.unit if self.amount != 1 else self.unit.removesuffix('s')}"

    def extended(self, by: "Limit") -> "Limit":
        """Return this limit and `by` as one, as an extension runs on from the last day.

        Six months extended by six are twelve. Raises Refusal `limit.other_unit` for another unit (no
        law we know extends days by months) and `limit.out_of_range`.
        """
        if by.unit is not self.unit:
            raise Refusal("limit.other_unit", limit=str(self), extension=str(by))
        return Limit(self.amount + by.amount, self.unit)


def parse_limit(text: str) -> Limit:
    """Read a limit such as `5 workdays`, `2 work-hours`, `24 hours`, `1 month`.

    Raises Refusal `limit.unknown` with `given` and `nearest` (a limit that would be read, or an empty
    string), and `limit.out_of_range` beyond `MOST`.
    """
    if (found := _FORM.fullmatch(text)) and (unit := _UNITS.get(found[2])):
        return Limit(int(found[1]), unit)
    raise Refusal("limit.unknown", given=text[:200], nearest=_nearest(text[:200]))


def _nearest(text: str) -> str:
    digits = re.match(r"\s*(\d{0,4})", text, re.ASCII)
    amount = int(digits[1] or 1) if digits else 1
    word = re.sub(r"[\s\d_-]+", "-", text).strip("-").lower().removesuffix("s")
    close = get_close_matches(word, _MEANT, n=1, cutoff=0.6)
    if not close:
        return ""
    times, unit = _MEANT[close[0]]
    return str(Limit(min(max(amount, 1) * times, MOST), unit))


def due_at(start: datetime, limit: Limit, calendar: Calendar, *, roll: bool = True) -> datetime:
    """Return the first instant at which `limit`, begun at `start`, is broken, on the city's clock.

    Days and months whose last day is a day off end with the next workday (民法典 203) unless `roll`
    is false; months end on the corresponding date, or on the last of a shorter month (202).
    Raises Refusal `calendar.year_not_loaded` when the count asks the calendar beyond its years;
    real time, and unrolled days and months, never ask it.
    """
    if limit.unit not in BY_DAY:
        return _due_by_time(start, limit, timedelta(), calendar)
    return _due_by_day(calendar.day_of(start), limit, calendar, roll)


@lru_cache(maxsize=4096)
def _due_by_day(begun: date, limit: Limit, calendar: Calendar, roll: bool) -> datetime:
    # What begins on one day is due on one day: thousands of matters ask the same.
    last = _last_counted(begun, limit, 0, calendar)
    return calendar.end_of(calendar.roll(last) if roll else last)


def unrolled_due_at(start: datetime, limit: Limit, calendar: Calendar) -> datetime:
    """Return the due instant without rolling over days off: the date an authority holds itself to."""
    return due_at(start, limit, calendar, roll=False)


def last_day(due: datetime, calendar: Calendar) -> date:
    """Return the date shown to people: the last day on which it is not yet too late."""
    return calendar.day_of(due - _MICROSECOND)


def warn_at(due: datetime, ahead: Limit, calendar: Calendar) -> datetime:
    """Return the instant that lies `ahead` before `due`: `1 workday` is 00:00 of the last workday."""
    last = last_day(due, calendar)
    match ahead.unit:
        case Unit.WORK_HOURS:
            return calendar.when_worked(calendar.worked(due) - ahead.amount * 60 * MINUTE)
        case Unit.MINUTES | Unit.HOURS:
            return (due.astimezone(UTC) - _real(ahead)).astimezone(calendar.zone)
        case Unit.WORKDAYS:
            # A last day that is worked is itself the first workday back.
            day = calendar.add_workdays(last, calendar.is_workday(last) - ahead.amount)
            return calendar.end_of(day - timedelta(1))
        case Unit.DAYS:
            return calendar.end_of(last - timedelta(ahead.amount))
        case Unit.MONTHS:
            return calendar.end_of(_months_on(last, -ahead.amount))


def consumed(start: datetime, until: datetime, unit: Unit, calendar: Calendar) -> timedelta:
    """Return how much of a limit in `unit` has run from `start` until `until`; zero if `until` is earlier.

    Minutes and hours give real time and work-hours office time. The units counted by day give whole
    days as `timedelta(days=n)`: those after the day of `start` that are over at `until`, of which
    workdays are counted for `WORKDAYS` and all for `DAYS` and `MONTHS`.
    So `consumed(start, due_at(start, 5 workdays), ...)` is five days.
    """
    if until <= start:
        return timedelta()
    if unit is Unit.WORK_HOURS:
        return timedelta(microseconds=calendar.worked(until) - calendar.worked(start))
    if unit not in BY_DAY:
        return until.astimezone(UTC) - start.astimezone(UTC)
    over = calendar.day_of(until) - timedelta(1)
    return timedelta(max(0, _days_after(calendar.day_of(start), over, unit, calendar)))


def remaining(now: datetime, due: datetime, unit: Unit, calendar: Calendar) -> timedelta:
    """Return what is left at `now` until `due`, counted as by `consumed`: the running day is not counted."""
    return consumed(now, due, unit, calendar)


class Pause(NamedTuple):
    """A time during which a clock stood still; `resumed_at` is the first instant it ran again."""

    paused_at: datetime
    resumed_at: datetime


def due_after_pause(
    start: datetime, limit: Limit, calendar: Calendar, *, pauses: Sequence[Pause], roll: bool = True
) -> datetime:
    """Return the due instant of a clock that stood still during `pauses` (of an extended one: `extended`).

    Units counted by time get back exactly the time lost. Units counted by day get back the days (for
    `WORKDAYS`, the workdays) after the day of the pause up to and including the day of resuming: as
    on any first day, the day a clock starts to run again is not counted (民法典 201), so stopping and
    resuming on one day gives nothing. A clock that ran when it was paused is not due before the day
    it resumes on, or the workday that day rolls to, is over. A pause that begins once the limit is
    broken moves nothing; overlapping pauses count once. More pause never gives an earlier due.
    """
    if not pauses:
        return due_at(start, limit, calendar, roll=roll)
    if limit.unit not in BY_DAY:
        return _paused_by_time(start, limit, calendar, _merged(start, pauses))
    return _paused_by_day(start, limit, calendar, _merged(start, pauses), roll=roll)


def _paused_by_time(start: datetime, limit: Limit, calendar: Calendar, pauses: Iterable[Pause]) -> datetime:
    lost = timedelta()
    due = _due_by_time(start, limit, lost, calendar)
    for pause in pauses:
        if pause.paused_at >= due:
            break
        lost += consumed(*pause, limit.unit, calendar)
        due = _due_by_time(start, limit, lost, calendar)
    return due


def _paused_by_day(
    start: datetime, limit: Limit, calendar: Calendar, pauses: Iterable[Pause], *, roll: bool
) -> datetime:
    begun = calendar.day_of(start)
    lost = 0
    last = _last_counted(begun, limit, lost, calendar)
    last = calendar.roll(last) if roll else last
    for paused_at, resumed_at in pauses:
        if paused_at >= calendar.end_of(last):
            break
        resumed = calendar.day_of(resumed_at)
        lost += _days_after(calendar.day_of(paused_at), resumed, limit.unit, calendar)
        moved = max(_last_counted(begun, limit, lost, calendar), resumed)
        last = max(last, calendar.roll(moved) if roll or limit.unit is Unit.WORKDAYS else moved)
    return calendar.end_of(last)


def _merged(start: datetime, pauses: Iterable[Pause]) -> list[Pause]:
    """Return the pauses from `start` on, in order, those that meet or overlap as one."""
    merged: list[Pause] = []
    for paused_at, resumed_at in sorted(pauses):
        if resumed_at < paused_at:
            raise ValueError("a clock resumes after it is paused")
        if resumed_at <= start or resumed_at == paused_at:
            continue
        if merged and paused_at <= merged[-1].resumed_at:
            merged[-1] = Pause(merged[-1].paused_at, max(merged[-1].resumed_at, resumed_at))
        else:
            merged.append(Pause(max(paused_at, start), resumed_at))
    return merged


def _due_by_time(start: datetime, limit: Limit, lost: timedelta, calendar: Calendar) -> datetime:
    if limit.unit is Unit.WORK_HOURS:
        return calendar.when_worked(
            calendar.worked(start) + limit.amount * 60 * MINUTE + lost // _MICROSECOND
        )
    # Arithmetic on a zoned datetime moves the wall clock; a change of the clocks must not add an hour.
    return (calendar.local(start).astimezone(UTC) + _real(limit) + lost).astimezone(calendar.zone)


def _real(limit: Limit) -> timedelta:
    return timedelta(hours=limit.amount) if limit.unit is Unit.HOURS else timedelta(minutes=limit.amount)


def _last_counted(begun: date, limit: Limit, lost: int, calendar: Calendar) -> date:
    if limit.unit is Unit.WORKDAYS:
        return calendar.add_workdays(begun, limit.amount + lost)
    if limit.unit is Unit.MONTHS:
        return _months_on(begun, limit.amount) + timedelta(lost)
    return begun + timedelta(limit.amount + lost)


def _months_on(day: date, amount: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + amount, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _days_after(a: date, b: date, unit: Unit, calendar: Calendar) -> int:
    return calendar.workdays_between(a, b) if unit is Unit.WORKDAYS else (b - a).days
