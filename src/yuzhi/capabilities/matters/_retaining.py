"""How long those in a matter are needed: until the last of their matters is over, and again when one is
reopened.

Found in what changed; nothing is remembered but how far the journal has been read.
"""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.capabilities import vault
from yuzhi.capabilities.matters._changes import NOWHERE, changes_since
from yuzhi.capabilities.matters._readers import advance, reached
from yuzhi.store.postgres.pool import acquired


class Tie(Struct, frozen=True):
    """A table that says which of the vault's persons is in which matter, by the names of its columns."""

    table: str
    person: str
    matter: str


ASKED = Tie("matter", "requester", "id")


async def keep_while_needed(pool: asyncpg.Pool, *, most: int = 500, ties: Sequence[Tie] = ()) -> int:
    """Release persons whose matters are all over, hold those with one that runs; return changes read.

    They are those who asked, and those whom `ties` name. Whoever reads with other ties than before reads from
    the beginning: some were never looked at.
    """
    every = (ASKED, *ties)
    reader = "retention " + " ".join(one.table for one in every)
    point = await reached(pool, reader)
    changes = await changes_since(pool, point or NOWHERE, most)
    if not changes:
        return 0
    async with acquired(pool) as conn, conn.transaction():
        persons = await _persons(conn, every, list({one.matter for one in changes}))
        rows = await conn.fetch(_standing_of(every), persons)
        await vault.release(conn, {row["person"]: row["over_at"] for row in rows if row["is_over"]})
        await vault.hold(conn, [row["person"] for row in rows if not row["is_over"]])
    await advance(pool, reader, point, changes[-1].point)
    return len(changes)


async def _persons(conn: asyncpg.Connection, ties: Sequence[Tie], matters: list[UUID]) -> list[UUID]:
    some = [
        f"select {one.person} as person from {one.table} where {one.matter} = any ($1)"
        f" and {one.person} is not null"
        for one in ties
    ]
    return [row["person"] for row in await conn.fetch(" union ".join(some), matters)]


def _standing_of(ties: Sequence[Tie]) -> str:
    """Return the statement for whether all the matters of some persons are over, and since when."""
    some = [
        f"select {one.person} as person, {one.matter} as matter_id from {one.table}"
        f" where {one.person} = any ($1)"
        for one in ties
    ]
    return (
        "select t.person, bool_and(m.ended_at is not null) as is_over, max(m.ended_at) as over_at"
        f" from ({' union '.join(some)}) t join matter m on m.id = t.matter_id group by t.person"
    )
