"""Daily screening: each grid is looked at each day, and says so even if it found nothing."""

from datetime import date, datetime, timedelta
from typing import Annotated

import asyncpg
from msgspec import Meta, Struct

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import Office
from yuzhi.store.postgres.pool import acquired

PROCEDURE = "dispute-screening"
LATE = timedelta(days=7)


class NewDay(Struct, frozen=True, forbid_unknown_fields=True):
    """That a grid was looked at on a day, today if none is named."""

    grid: Annotated[str, Meta(max_length=20)]
    on_day: date | None = None


class DayView(Struct, frozen=True):
    """A grid on a day; `found` counts the disputes noted there that day."""

    grid: str
    on_day: date
    found: int


class CoverageView(Struct, frozen=True):
    """How many grids were looked at on a day, of how many, and those that were not."""

    on_day: date
    looked_at: int
    of: int
    missing: tuple[str, ...]


async def note_day(office: Office, pool: asyncpg.Pool, day: NewDay, by: Actor, now: datetime) -> DayView:
    """Note that a grid was looked at; noting it again counts anew.

    Raises Refusal `screening.not_your_ground`, `screening.bad_day`, `dispute.posts_only`.
    """
    if by.hand != "post":
        raise Refusal("dispute.posts_only")
    if not by.covers_place(day.grid):
        raise Refusal("screening.not_your_ground", territory=day.grid)
    today = office.calendar.day_of(now)
    on_day = day.on_day or today
    if not today - LATE <= on_day <= today:
        raise Refusal("screening.bad_day", on_day=on_day.isoformat(), days=LATE.days)
    end = office.calendar.end_of(on_day)
    async with acquired(pool) as conn:
        found = await conn.fetchval(
            "insert into screening_day (grid, on_day, post, found, at)"
            " select $1, $2, $3, count(*), $4 from matter m where m.procedure = $5 and m.territory = $1"
            " and m.opened_at >= $6 and m.opened_at < $7"
            " on conflict (grid, on_day) do update set post = excluded.post, found = excluded.found,"
            " at = excluded.at returning found",
            day.grid, on_day, by.id, now, PROCEDURE, end - timedelta(days=1), end,
        )  # fmt: skip
    return DayView(grid=day.grid, on_day=on_day, found=found)


async def coverage(
    pool: asyncpg.Pool, by: Actor, on_day: date, within: tuple[str, ...], *, most: int = 200
) -> CoverageView:
    """Return which grids of a territory were looked at on a day, and which were not."""
    grounds = [code for code in within if by.covers_place(code)] if within else list(by.covers)
    async with acquired(pool) as conn:
        row = await conn.fetchrow(_COVERAGE, on_day, grounds)
    missing = sorted(row["missing"] or ())
    return CoverageView(
        on_day=on_day, looked_at=row["looked_at"], of=row["grids"], missing=tuple(missing[:most])
    )


_COVERAGE = """
with grids as (
    select t.code from territory t where t.level = 'grid'
        and (t.valid_from is null or t.valid_from <= $1) and (t.valid_to is null or t.valid_to > $1)
        and exists (select from unnest($2::text[]) g (code) where t.code = g.code
            or (length(g.code) <= 12 and starts_with(t.code, g.code)))
)
select count(*) as grids, count(s.grid) as looked_at,
    array_agg(grids.code) filter (where s.grid is null) as missing
from grids left join screening_day s on s.grid = grids.code and s.on_day = $1
"""
