"""Where requesters can be reached, as they told when they opened a matter."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from yuzhi.capabilities import vault
from yuzhi.store.postgres.pool import acquired

KINDS = frozenset({"phone", "email"})


class VaultedResidents:
    """Reads the telephone numbers and e-mail addresses of requesters from the vault, which traces it."""

    def __init__(self, pool: asyncpg.Pool, keys: vault.Keys, now: Callable[[], datetime]) -> None:
        self._pool = pool
        self._keys = keys
        self._now = now

    async def addresses(self, requesters: Sequence[UUID], kind: str) -> Mapping[UUID, str]:
        """Return telephone numbers for `phone`, addresses for `email`, and nothing for anything else."""
        if kind not in KINDS or not requesters:
            return {}
        async with acquired(self._pool) as conn:
            return await vault.for_letters(conn, requesters, kind, now=self._now(), keys=self._keys)
