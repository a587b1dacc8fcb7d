"""The keys under which answers to requests are remembered, so that one sent again is not done again."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from yuzhi.store.postgres.pool import acquired


async def answers_given(
    pool: asyncpg.Pool, actor: str, keys: Sequence[str]
) -> dict[str, tuple[bytes, bytes]]:
    """Return the digest and the answer remembered for each of some keys; one nobody used is absent."""
    async with acquired(pool) as conn:
        rows = await conn.fetch(
            "select key, request, response from idempotency where actor = $1 and key = any($2)", actor, keys
        )
    return {row["key"]: (row["request"], row["response"]) for row in rows}


async def forget_keys(pool: asyncpg.Pool, before: datetime) -> int:
    """Forget idempotency keys of requests before an instant; return how many.

    Those of files and of what was reported later are kept: it may be sent again after months.
    """
    async with acquired(pool) as conn:
        done = await conn.execute(
            "delete from idempotency where at < $1 and actor not like 'import:%' and key not like 'field:%'",
            before,
        )
    return int(done.rpartition(" ")[2])
