"""Where requesters can be reached, as they told when they opened a matter."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from yuzhi.capabilities.deliveries._email import is_address
from yuzhi.store.postgres.pool import acquired

_COLUMNS = {"phone": "phone", "email": "address"}


class ResidentsTable:
    """Reads where requesters can be reached from the table that holds what they told.

    It has a column for telephones; an e-mail address is what stands as one where a postal one would stand.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def addresses(self, requesters: Sequence[UUID], kind: str) -> Mapping[UUID, str]:
        """Return telephone numbers for `phone`, e-mail addresses for `email`, nothing for anything else."""
        column = _COLUMNS.get(kind)
        if column is None or not requesters:
            return {}
        async with acquired(self._pool) as conn:
            rows = await conn.fetch(
                f"select id, {column} from requester where id = any($1) and {column} is not null", requesters
            )
        return {id_: told for id_, told in rows if kind != "email" or is_address(told)}
