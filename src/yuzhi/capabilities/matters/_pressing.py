"""What presses: open matters whose leading limit has run out or is about to, by who has them."""

from datetime import datetime, timedelta
from typing import Final, Literal

import asyncpg
from msgspec import Struct

from yuzhi.base import cursor
from yuzhi.base.actor import Actor
from yuzhi.capabilities.matters._figures import OVERDUE
from yuzhi.capabilities.matters._filters import Filters
from yuzhi.capabilities.matters._gathered import Gathered, gathered
from yuzhi.capabilities.matters._queries import MOST_ROWS, page_of, patiently, shown_of
from yuzhi.capabilities.matters._scope import scope_of
from yuzhi.capabilities.matters._views import PageView

How = Literal["late", "soon", "either"]

_LATE = f"({OVERDUE})"
_SOON = "(r.paused_at is null and r.due_at > $1)"
_HOW: Final[dict[How, str]] = {"late": _LATE, "soon": _SOON, "either": f"({_LATE} or {_SOON})"}


class PressingView(Struct, frozen=True):
    """How many matters of a unit are late, how many will be before long, and when the first of them was due.

    `urged` and `supervised` are of both together. `unit` is empty for what nobody has yet.
    """

    unit: str
    late: int
    soon: int
    urged: int
    supervised: int
    first_due_at: datetime


async def pressing(
    pool: asyncpg.Pool, who: Actor, filters: Filters, *, now: datetime, within: timedelta
) -> tuple[PressingView, ...]:
    """Return what presses now or will within a span of time, one row a unit, by the unit's code.

    Raises Refusal `list.bad_filter`, and `list.too_wide` when that takes too long.
    """
    found = _found(who, filters, now, within)
    sql = (
        f"with found as ({found.sql}) select r.lead_unit unit, count(*) filter (where {_LATE}) late,"
        f" count(*) filter (where {_SOON}) soon, count(*) filter (where r.urged > 0) urged,"
        " count(*) filter (where r.supervised > 0) supervised, min(r.due_at) first_due_at"
        f" from found r where {_HOW['either']} group by 1 order by 1"
    )
    rows = await patiently(pool, who, sql, found.arguments)
    return tuple(PressingView(**row) for row in rows)


async def pressing_list(
    pool: asyncpg.Pool, who: Actor, filters: Filters, *, how: How, unit: str | None, now: datetime,
    within: timedelta, after: str | None = None, most: int = 50,
) -> PageView:  # fmt: skip
    """Return the matters that press, those of a unit if one is named (none yet: empty), soonest due first.

    Raises Refusal `list.bad_cursor`, `list.bad_filter`, and `list.too_wide` when that takes too long.
    """
    most = max(1, min(most, MOST_ROWS))
    found = _found(who, filters, now, within)
    place, id_ = cursor.read(after) or (None, None)
    nth = found.place
    sql = (
        f"with found as ({found.sql}), page as (select r.id, r.due_at sort_key from found r"
        f" where {_HOW[how]} and ({nth(1)}::text is null or r.lead_unit = {nth(1)})"
        f" and ({nth(2)}::timestamptz is null or (r.due_at, r.id) > ({nth(2)}, {nth(3)}::uuid))"
        f" order by 2, 1 limit {most + 1})"
        f" {shown_of('due', 'select * from page')}"
    )
    rows = await patiently(pool, who, sql, found.after(unit, place, id_))
    return page_of(rows, most)


def _found(who: Actor, filters: Filters, now: datetime, within: timedelta) -> Gathered:
    return gathered(
        scope_of(who, filters.within), filters, put=(now, now + within), is_open=True,
        columns="m.id, m.lead_unit, m.due_at, m.paused_at, m.ended_at, m.urged, m.supervised",
        where="m.ended_at is null and m.due_key < $2::timestamptz and $1::timestamptz is not null",
    )  # fmt: skip
