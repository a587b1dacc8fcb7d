"""Where open matters lie, coarsely: by cell of a grid of degrees, or by territory where no point is known."""

from datetime import datetime, timedelta

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.capabilities.matters._figures import OVERDUE
from yuzhi.capabilities.matters._filters import Filters
from yuzhi.capabilities.matters._gathered import gathered
from yuzhi.capabilities.matters._queries import patiently
from yuzhi.capabilities.matters._scope import scope_of

CELL_E6 = 2_000
"""Millionths of a degree, about 200 m: enough to see where things are, too little to tell a door."""
MOST_CELLS = 5_000


class Cell(Struct, frozen=True):
    """Open matters of one cell, by its middle (WGS-84), or of one territory whose matters have no point."""

    lon: float | None
    lat: float | None
    territory: str
    open: int
    late: int
    soon: int


class SpreadView(Struct, frozen=True):
    """Where open matters lie; `is_whole` is false if there were more cells, of which the fullest are here."""

    cells: tuple[Cell, ...]
    is_whole: bool


async def spread(
    pool: asyncpg.Pool, who: Actor, filters: Filters, *, now: datetime, within: timedelta
) -> SpreadView:
    """Return where the open matters lie that `who` may see; `soon` are those due within a span of time.

    Raises Refusal `list.bad_filter`, and `list.too_wide` when that takes too long.
    """
    found = gathered(
        scope_of(who, filters.within), filters, put=(now, now + within), is_open=True,
        columns=(
            f"round(m.lon_e6 / {CELL_E6}.0) x, round(m.lat_e6 / {CELL_E6}.0) y,"
            " case when m.lon_e6 is null then m.territory else '' end territory,"
            " m.due_at, m.paused_at, m.ended_at"
        ),
        where="m.ended_at is null and $1::timestamptz is not null and $2::timestamptz is not null",
    )  # fmt: skip
    sql = (
        f"with found as ({found.sql}) select (x * {CELL_E6} / 1e6)::float8 lon,"
        f" (y * {CELL_E6} / 1e6)::float8 lat, territory, count(*) open,"
        f" count(*) filter (where {OVERDUE}) late,"
        " count(*) filter (where r.paused_at is null and r.due_at > $1 and r.due_at < $2) soon"
        f" from found r group by x, y, territory order by open desc, x, y, territory limit {MOST_CELLS + 1}"
    )
    rows = await patiently(pool, who, sql, found.arguments)
    return SpreadView(tuple(Cell(**row) for row in rows[:MOST_CELLS]), is_whole=len(rows) <= MOST_CELLS)
