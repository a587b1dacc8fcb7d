"""Open data: how many matters by month, territory and branch of the catalogue, with small numbers withheld.

Always the same table, of whole months that are over, at one level of territories. A free choice of either
would let two tables be subtracted from each other.
"""

import asyncio
from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby

import asyncpg
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.sharing._rules import KEY, Rule, keys_of, rules
from yuzhi.capabilities.sharing._window import DIGITS, Window
from yuzhi.capabilities.sharing._withholding import Counted, withhold
from yuzhi.store.postgres.pool import acquired

MOST_MONTHS = 36
KEPT = 64
"""Tables held in memory: months that are over change little, and counting them looks at everything."""
FRESH_FOR = 3600.0  # seconds
NEEDED = frozenset({"opened_at", "territory", "category"})
"""Fields a procedure must publish to be counted in open data."""


class Line(Struct, frozen=True):
    """A line of open data: matters of a procedure opened in a month (YYYY-MM), in a territory and branch.

    `count` is None for fewer than the least number; `branch` is `*` where branches were gathered, and
    `is_gathered` then says so.
    """

    procedure: str
    month: str
    territory: str
    branch: str
    count: int | None
    closed: int | None
    is_gathered: bool


class Statistics(Struct, frozen=True):
    """Open data of some months, and the least number that is told."""

    since: str
    until: str
    least: int
    level: str
    counted_at: datetime
    lines: tuple[Line, ...]


class OpenData:
    """Counts on demand, one month table at a time, and keeps what was counted for an hour."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._kept: dict[tuple[date, date], Statistics] = {}
        self._counting = asyncio.Lock()

    async def statistics(self, since: str, until: str, now: datetime) -> Statistics:
        """Return the numbers of the months from `since` to `until` (YYYY-MM), both included.

        Raises Refusal `open_data.bad_month`, `open_data.not_over` and `open_data.too_long`.
        """
        first, last = _month(since), _month(until)
        this = now.astimezone(self._window.office.calendar.zone).date().replace(day=1)
        if last >= this:
            raise Refusal("open_data.not_over", given=until)
        if first > last or _between(first, last) >= MOST_MONTHS:
            raise Refusal("open_data.too_long", since=since, until=until, most=MOST_MONTHS)
        async with self._counting:
            kept = self._kept.get((first, last))
            if kept is None or (now - kept.counted_at).total_seconds() > FRESH_FOR:
                kept = await self._count(first, last, now)
                self._kept[first, last] = kept
                while len(self._kept) > KEPT:
                    del self._kept[next(iter(self._kept))]
        return kept

    async def _count(self, first: date, last: date, now: datetime) -> Statistics:
        window = self._window
        found = [rule for rule in rules(window.shelf) if rule.fields >= NEEDED]
        rows = await _counted(window, found, first, _after(last))
        lines = []
        for (procedure, month), group in groupby(rows, key=lambda row: (row["procedure"], row["month"])):
            counted = [Counted(row["territory"], row["branch"], row["count"], row["closed"]) for row in group]
            lines += [
                Line(procedure, month, one.territory, one.branch, one.count, one.closed, one.is_gathered)
                for one in withhold(counted, window.least)
            ]
        return Statistics(
            since=f"{first:%Y-%m}", until=f"{last:%Y-%m}", least=window.least, level=window.level,
            counted_at=now, lines=tuple(lines),
        )  # fmt: skip


async def _counted(window: Window, found: Iterable[Rule], first: date, end: date) -> list[asyncpg.Record]:
    zone = window.office.calendar.zone
    named = list(found)
    digits = {rule.procedure.name: min(rule.digits, DIGITS[window.level]) for rule in named}
    async with acquired(window.pool) as conn:
        rows: list[asyncpg.Record] = await conn.fetch(
            "select m.procedure, to_char(m.opened_at at time zone $6, 'YYYY-MM') as month,"
            " left(m.territory, d.digits) as territory, split_part(m.category, '/', 1) as branch,"
            " count(*) as count, count(m.ended_at) as closed"
            " from matter m join unnest($4::text[], $5::int[]) d(procedure, digits)"
            " on d.procedure = m.procedure"
            f" where m.opened_at >= $1 and m.opened_at < $2 and {KEY} = any($3)"
            " group by 1, 2, 3, 4 order by 1, 2",
            datetime(first.year, first.month, 1, tzinfo=zone),
            datetime(end.year, end.month, 1, tzinfo=zone),
            keys_of(named),
            list(digits),
            list(digits.values()),
            zone.key,
        )
    return rows


def _month(text: str) -> date:
    try:
        year, month = text.split("-")
        if len(text) == 7 and text.isascii() and (year + month).isdigit():
            return date(int(year), int(month), 1)
    except ValueError:
        pass
    raise Refusal("open_data.bad_month", given=text[:20])


def _after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
