"""What changed lately, for those who listen: new entries with what is needed to tell who may see them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.store.postgres.pool import acquired

# Only entries older than every transaction still running: a position is given out before its commit,
# so without this a reader could pass over one that commits late.
_SETTLED = "e.transaction < pg_snapshot_xmin(pg_current_snapshot())"


class Change(Struct, frozen=True):
    """An entry that was added, and the matter it left."""

    position: int
    matter: UUID
    version: int
    step: str
    at: datetime
    number: str
    state: str
    territory: str
    requester: UUID | None
    units: list[str]


async def changes_since(pool: asyncpg.Pool, position: int, most: int) -> Sequence[Change]:
    """Return changes after a position, in order; going on from the last one misses none."""
    async with acquired(pool) as conn:
        rows = await conn.fetch(
            "select e.position, e.matter_id, e.seq, e.step, e.at, m.number, m.state, m.territory,"
            " m.requester, array(select a.unit from assignment a where a.matter_id = m.id) units"
            f" from entry e join matter m on m.id = e.matter_id where e.position > $1 and {_SETTLED}"
            " order by e.position limit $2",
            position,
            most,
        )
    return [Change(*row.values()) for row in rows]


async def newest_change(pool: asyncpg.Pool) -> int:
    """Return the position after which only what is new will be shown."""
    async with acquired(pool) as conn:
        found = await conn.fetchval(
            f"select e.position from entry e where {_SETTLED} order by e.position desc limit 1"
        )
    return found or 0
