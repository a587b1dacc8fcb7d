"""Where requesters can be reached, as they told when they opened a matter."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from yuzhi.store.postgres.pool import acquired


class ResidentsTable:
    """Reads the telephone numbers of requesters from the table that holds them; it has no other addresses."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def addresses(self, requesters: Sequence[UUID], kind: str) -> Mapping[UUID, str]:
        """Return telephone numbers for `phone`, and nothing for anything else."""
        if kind != "phone" or not requesters:
            return {}
        async with acquired(self._pool) as conn:
            rows = await conn.fetch(
                "select id, phone from requester where id = any($1) and phone is not null", requesters
            )
        return {row["id"]: row["phone"] for row in rows}
