"""How long who asked is needed: until the last of their matters is over, and again when one is reopened.

Found in what changed; nothing is remembered but how far the journal has been read.
"""

import asyncpg

from yuzhi.capabilities import vault
from yuzhi.capabilities.matters._changes import NOWHERE, changes_since
from yuzhi.capabilities.matters._readers import advance, reached
from yuzhi.store.postgres.pool import acquired

READER = "retention"


async def keep_while_needed(pool: asyncpg.Pool, *, most: int = 500) -> int:
    """Release persons whose matters are all over, hold those with one that runs; return changes read."""
    point = await reached(pool, READER)
    changes = await changes_since(pool, point or NOWHERE, most)
    if not changes:
        return 0
    asked = list({one.requester for one in changes if one.requester is not None})
    async with acquired(pool) as conn, conn.transaction():
        rows = await conn.fetch(
            "select requester, bool_and(ended_at is not null) is_over, max(ended_at) over_at from matter"
            " where requester = any($1) group by requester",
            asked,
        )
        await vault.release(conn, {row["requester"]: row["over_at"] for row in rows if row["is_over"]})
        await vault.hold(conn, [row["requester"] for row in rows if not row["is_over"]])
    await advance(pool, READER, point, changes[-1].point)
    return len(changes)
