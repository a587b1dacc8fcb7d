"""What changed lately, for those who listen: new entries with what is needed to tell who may see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.store.postgres.pool import acquired

# Only entries older than every transaction still running are shown, in the order of transactions. Neither
# alone is enough: an entry that commits late may have a lower position than one already shown.
_SETTLED = "e.transaction < pg_snapshot_xmin(pg_current_snapshot())"


class Point(NamedTuple):
    """How far a listener has got: the transaction and position of the last entry it was shown."""

    transaction: int
    position: int


NOWHERE = Point(0, 0)
"""Before the first entry."""


class Change(Struct, frozen=True):
    """An entry that was added, and the matter it left."""

    point: Point
    matter: UUID
    version: int
    step: str
    at: datetime
    number: str
    procedure: str
    state: str
    territory: str
    requester: UUID | None
    units: list[str]


async def changes_since(pool: asyncpg.Pool, point: Point, most: int) -> Sequence[Change]:
    """Return changes after a point, in order; going on from the last one misses none."""
    async with acquired(pool) as conn:
        rows = await conn.fetch(
            "select e.transaction, e.position, e.matter_id, e.seq, e.step, e.at, m.number, m.procedure,"
            " m.state, m.territory, m.requester,"
            " array(select a.unit from assignment a where a.matter_id = m.id) units"
            " from entry e join matter m on m.id = e.matter_id"
            f" where (e.transaction, e.position) > ($1, $2) and {_SETTLED}"
            " order by e.transaction, e.position limit $3",
            point.transaction,
            point.position,
            most,
        )
    return [Change(Point(transaction, position), *rest) for transaction, position, *rest in rows]


async def newest_change(pool: asyncpg.Pool) -> Point | None:
    """Return the point after which only what is new will be shown, None while there is nothing yet."""
    async with acquired(pool) as conn:
        row = await conn.fetchrow(
            f"select e.transaction, e.position from entry e where {_SETTLED}"
            " order by e.transaction desc, e.position desc limit 1"
        )
    return Point(*row) if row else None
