"""The keys under which answers to requests are remembered, so that one sent again is not done again."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._tables import IDEMPOTENCY
from yuzhi.capabilities.matters._words import clean
from yuzhi.store.postgres.pool import acquired
from yuzhi.store.unit import Row, Unit

LEAST, MOST = 16, 200


class Key(Struct, frozen=True):
    """An idempotency key, whose it is, and the digest of the request it came with; empty if there is none."""

    actor: str
    key: str
    digest: bytes

    @classmethod
    def sent(cls, key: str, request: bytes, by: Actor) -> "Key":
        """Return a key as somebody sent it with a request.

        Raises Refusal `text.too_long`, and `idempotency.key_too_short`: a key of somebody nobody knows must
        be too long to be hit upon by others.
        """
        key = clean("key", key, most=MOST)
        if key and not by.is_known and len(key) < LEAST:
            raise Refusal("idempotency.key_too_short", least=LEAST)
        return cls(remembered_as(by), key, sha256(request).digest())

    def row(self, answer: bytes, now: datetime) -> Row:
        """Return the row that remembers an answer under it."""
        return (self.actor, self.key, self.digest, answer, now)

    def is_taken_by(self, refusal: Refusal) -> bool:
        """Say whether what could not be written is this key, used before."""
        is_row = refusal.code == "store.row_exists" and refusal.facts.get("table") == IDEMPOTENCY.name
        return bool(self.key) and is_row

    async def answer_in(self, unit: Unit) -> bytes | None:
        """Return the answer remembered under it, None if there is none.

        Raises Refusal `idempotency.key_reused` when it was for another request.
        """
        given = await unit.answer_to(self.actor, self.key) if self.key else None
        if given is None:
            return None
        if given[0] != self.digest:
            raise Refusal("idempotency.key_reused", key=self.key)
        return given[1]


def remembered_as(by: Actor) -> str:
    """Return the name under which the idempotency keys of an actor are remembered.

    Whom nobody knows has another id with every request: their keys are remembered as nobody's.
    """
    return f"{by.hand}:{by.id}" if by.is_known else f"{by.hand}:"


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
