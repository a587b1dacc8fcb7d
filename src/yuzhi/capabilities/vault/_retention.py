"""How long personal data is kept: by class, counted from when the matter was over (PIPL 19)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.capabilities.vault._changing import erase

DAYS: Mapping[str, int] = {
    "request": 3 * 366,
    "dispute": 3 * 366,
    "whistle": 366,
    "consultation": 183,
}
"""Days by class, unless an installation says otherwise."""


class Due(Struct, frozen=True):
    """A class of how long: its days (-1 for one nobody knows), and how many persons are due or not yet.

    `oldest` is when the first of them was released.
    """

    retention: str
    days: int
    persons: int
    waiting: int
    oldest: datetime | None


async def due(conn: asyncpg.Connection, now: datetime, days: Mapping[str, int] = DAYS) -> tuple[Due, ...]:
    """Return, for each class in use, how many persons are due; nothing is changed. A dry run of `expire`."""
    rows = await conn.fetch(
        "select p.retention, g.days, count(*) as kept, min(p.released_at) as oldest,"
        " count(*) filter (where p.released_at + make_interval(days => g.days) <= $3) as persons"
        " from vault_person p"
        " left join unnest($1::text[], $2::int[]) as g (retention, days) on g.retention = p.retention"
        " where p.erased_at is null group by p.retention, g.days order by p.retention",
        list(days),
        list(days.values()),
        now,
    )
    return tuple(
        Due(
            retention=row["retention"],
            days=-1 if row["days"] is None else row["days"],
            persons=row["persons"],
            waiting=row["kept"] - row["persons"],
            oldest=row["oldest"],
        )
        for row in rows
    )


async def expire(
    conn: asyncpg.Connection, now: datetime, actor: Actor, days: Mapping[str, int] = DAYS, *, most: int = 1000
) -> int:
    """Erase at most so many persons who are due; return how many. A class nobody knows is never erased."""
    erased = 0
    for retention, kept in days.items():
        rows = await conn.fetch(
            "select id from vault_person where retention = $1 and released_at <= $2 and erased_at is null"
            " order by released_at limit $3",
            retention,
            now - timedelta(days=kept),
            most - erased,
        )
        if rows:
            erased += await erase(conn, [row["id"] for row in rows], actor=actor, matter=None, now=now)
        if erased >= most:
            break
    return erased
