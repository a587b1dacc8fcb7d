"""How far each reader of the journal has got, so that it goes on there; any number of them may run."""

import asyncpg

from yuzhi.capabilities.matters._changes import NOWHERE, Point
from yuzhi.store.postgres.pool import acquired


async def reached(pool: asyncpg.Pool, name: str) -> Point | None:
    """Return how far a reader has read; None at first, and in a database that was moved."""
    async with acquired(pool) as conn:
        row = await conn.fetchrow(
            "select r.transaction, r.position from reader r, pg_control_system() c"
            " where r.name = $1 and r.server = c.system_identifier::text",
            name,
        )
    return Point(*row) if row else None


async def advance(pool: asyncpg.Pool, name: str, before: Point | None, to: Point) -> None:
    """Note how far a reader has read, unless somebody else has read on meanwhile."""
    async with acquired(pool) as conn:
        await conn.execute(
            "insert into reader (name, transaction, position, server)"
            " select $1, $2, $3, system_identifier::text from pg_control_system()"
            " on conflict (name) do update set transaction = excluded.transaction,"
            " position = excluded.position, server = excluded.server"
            " where reader.server <> excluded.server or (reader.transaction, reader.position) = ($4, $5)",
            name,
            to.transaction,
            to.position,
            *(before or NOWHERE),
        )
