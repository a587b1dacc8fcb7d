"""Rates from the matters themselves, by unit, territory, category or time, and what is behind each figure.

A rate is always shown with what it was counted from, and nothing counted gives no rate. Figures and the lists
behind them are the same tests of the same rows (`_figures`), so one is as long as the other says.
"""

from datetime import datetime
from typing import Final, get_args
from zoneinfo import ZoneInfo

import asyncpg
from msgspec import Struct

from yuzhi.base import cursor
from yuzhi.base.actor import Actor
from yuzhi.capabilities.matters._figures import FIGURES, WHERE, By, Figure, Source, columns, sources
from yuzhi.capabilities.matters._filters import Filters
from yuzhi.capabilities.matters._fit import fit
from yuzhi.capabilities.matters._gathered import Gathered, gathered
from yuzhi.capabilities.matters._queries import MOST_ROWS, page_of, patiently, shown_of
from yuzhi.capabilities.matters._scope import scope_of
from yuzhi.capabilities.matters._views import PageView

LONGEST: Final = 20.0
"""Seconds that counting may take: the matters of years are asked about seldom, and then waited for."""


class Rate(Struct, frozen=True):
    """`count` of `of`; `share` is absent when there is nothing to count from."""

    count: int
    of: int
    share: float | None


class RatesView(Struct, frozen=True):
    """The rates of one group.

    `answered`: resolved, of received. `on_time`: leading limit met, of those whose limit was met or broken
    (`concluded`). `heard`: with a verdict of their own, of answered. `solved` and `satisfied` (the latter
    with "basically satisfied" counted in): of the `verdicts` given. `returned`: given back by a lead unit,
    of matters given to one; by unit, those this unit was given. `disputed`: reopened, of ever answered.
    `urged`, `supervised`, `escalated`: at least once, of received.
    """

    group: str
    received: int
    open: int
    overdue: int
    answered: Rate
    on_time: Rate
    heard: Rate
    verdicts: int
    solved: Rate
    satisfied: Rate
    returned: Rate
    disputed: Rate
    reopened: int
    urged: Rate
    supervised: Rate
    escalated: Rate


async def rates(
    pool: asyncpg.Pool, who: Actor, filters: Filters, *, by: By, now: datetime, zone: ZoneInfo
) -> tuple[RatesView, ...]:
    """Return the rates of the matters `who` may see, as they stand now, one row a group, by group.

    Days, weeks (ISO 8601) and months are those of `zone`.
    Raises Refusal `list.bad_filter`, and `list.too_wide` when that takes too long.
    """
    found = _found(who, filters, by, now, zone)
    sql = f"{sources(found.sql, by)} {_COUNTS}"
    rows = await patiently(pool, who, sql, found.arguments, seconds=LONGEST)
    return tuple(_view(row) for row in rows)


async def behind(
    pool: asyncpg.Pool, who: Actor, filters: Filters, *, figure: Figure, by: By, group: str, now: datetime,
    zone: ZoneInfo, after: str | None = None, most: int = 50,
) -> PageView:  # fmt: skip
    """Return the matters behind a figure of one group, newest first, keyset after the cursor `after`.

    Raises Refusal `list.bad_cursor`, `list.bad_filter`, and `list.too_wide` when that takes too long.
    """
    most = max(1, min(most, MOST_ROWS))
    found, (source, test) = _found(who, filters, by, now, zone), FIGURES[figure]
    place, id_ = cursor.read(after) or (None, None)
    nth = found.place
    sql = (
        f"{sources(found.sql, by)}, page as (select r.id, r.opened_at sort_key from {source} r"
        f" where {test} and r.grp = {nth(1)} and ({nth(2)}::timestamptz is null"
        f" or (r.opened_at, r.id) < ({nth(2)}, {nth(3)}::uuid)) order by 2 desc, 1 desc limit {most + 1})"
        f" {shown_of('newest', 'select * from page')}"
    )
    rows = await patiently(pool, who, sql, found.after(fit("group", group), place, id_), seconds=LONGEST)
    return page_of(rows, most)


def _found(who: Actor, filters: Filters, by: By, now: datetime, zone: ZoneInfo) -> Gathered:
    return gathered(
        scope_of(who, filters.within), filters, columns=columns(by, filters.category), where=WHERE,
        is_open=False, put=(now, zone.key),
    )  # fmt: skip


def _counts(source: Source) -> str:
    counts = ", ".join(
        f"count(*) filter (where {counting.test}) {name}"
        for name, counting in FIGURES.items()
        if counting.source == source
    )
    return f"(select grp, {counts} from {source} r group by grp)"


_COUNTS = (
    "select grp, " + ", ".join(f"coalesce({name}, 0) {name}" for name in FIGURES) + " from "
    + " full join ".join(
        f"{_counts(source)} {source}_" + (" using (grp)" if place else "")
        for place, source in enumerate(get_args(Source))
    )
    + " order by grp"
)  # fmt: skip


def _view(row: asyncpg.Record) -> RatesView:
    def rate(count: Figure, of: Figure) -> Rate:
        return Rate(row[count], row[of], round(row[count] / row[of], 4) if row[of] else None)

    return RatesView(
        group=row["grp"], received=row["received"], open=row["open"], overdue=row["overdue"],
        answered=rate("answered", "received"), on_time=rate("on_time", "concluded"),
        heard=rate("heard", "answered"), verdicts=row["verdicts"], solved=rate("solved", "verdicts"),
        satisfied=rate("satisfied", "verdicts"), returned=rate("returned", "given"),
        disputed=rate("disputed", "ever_answered"), reopened=row["disputed"],
        urged=rate("urged", "received"), supervised=rate("supervised", "received"),
        escalated=rate("escalated", "received"),
    )  # fmt: skip
