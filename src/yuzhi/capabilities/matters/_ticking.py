"""The clocks of all matters: those whose moment has come are found and made to speak, by any worker."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._handlers import ticked
from yuzhi.capabilities.matters._office import Office
from yuzhi.capabilities.matters._standing import replay
from yuzhi.store.postgres.pool import acquired
from yuzhi.store.postgres.store import PostgresStore


class Ticked(Struct, frozen=True):
    """What one round did: matters looked at, matters written, and those that could not be worked out."""

    found: int
    written: int
    stuck: dict[UUID, str]


async def tick_due(
    office: Office,
    pool: asyncpg.Pool,
    store: PostgresStore,
    now: datetime,
    *,
    most: int = 100,
    leaving_out: Collection[UUID] = (),
) -> Ticked:
    """Let the clocks due by `now` of at most `most` matters speak, in one transaction.

    A matter another worker has in hand is passed over. Nobody who takes a step is kept waiting: if one
    slips in, this round fails with `matter.stale` and the next one sees where the matter then stands.
    """
    async with acquired(pool) as conn, conn.transaction():
        matters = await _take(conn, now, most, leaving_out)
        if not matters:
            return Ticked(found=0, written=0, stuck={})
        here = store.within(conn)
        histories = await here.entries(matters)
        changes, stuck = [], {}
        for matter, history in histories.items():
            try:
                worked = ticked(office, replay(history), now)
            except Refusal as refusal:
                stuck[matter] = refusal.code
                continue
            if worked is None:
                stuck[matter] = "clock.nothing_due"
            else:
                changes.append(worked[0])
        await here.save(changes)
    return Ticked(found=len(matters), written=len(changes), stuck=stuck)


async def _take(
    conn: asyncpg.Connection, now: datetime, most: int, leaving_out: Collection[UUID]
) -> list[UUID]:
    """Return matters with a clock due, locked by an advisory lock rather than by row.

    A row lock here and the order in which a step writes its rows would make the two wait for each other.
    """
    rows = await conn.fetch(
        "with due as materialized (select matter_id, min(next_at) as at from"
        " (select matter_id, next_at from clock where next_at <= $1 and matter_id <> all($3::uuid[])"
        " order by next_at limit $2) ripe group by matter_id)"
        " select matter_id from due where pg_try_advisory_xact_lock(hashtextextended(matter_id::text, 8311))",
        now,
        most,
        list(leaving_out),
    )
    return [row["matter_id"] for row in rows]
