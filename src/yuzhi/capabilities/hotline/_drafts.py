"""What an operator has written down of a call not opened yet: kept sealed for a day, so that no broken
connection loses it.

A draft holds personal data that is in no vault yet. It is seen by the post that wrote it and by nobody else.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.store.postgres.pool import acquired

KEPT_FOR = timedelta(hours=24)
MOST = 50
"""Drafts of one post."""
LARGEST = 64 * 1024
"""Bytes of one draft, as JSON."""
_NONCE = 12


class Sealer:
    """Seals drafts with the key of this installation; another key opens none of them."""

    def __init__(self, key: bytes, chance: Callable[[int], bytes]) -> None:
        self._key, self._chance = AESGCM(key[:32]), chance

    def seal(self, content: bytes, about: bytes) -> bytes:
        """Return a content sealed; only with the same `about` is it opened again."""
        nonce = self._chance(_NONCE)
        return nonce + self._key.encrypt(nonce, content, about)

    def open(self, sealed: bytes, about: bytes) -> bytes | None:
        """Return a sealed content, None if it is not of this key, or of something else."""
        try:
            return self._key.decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
        except InvalidTag:
            return None


class DraftView(Struct, frozen=True):
    """A draft as it was last kept; `version` goes with the next change of it."""

    id: UUID
    version: int
    updated_at: datetime
    expires_at: datetime
    content: dict[str, object]


class KeptView(Struct, frozen=True):
    """What a change of a draft is answered with."""

    id: UUID
    version: int
    expires_at: datetime


async def keep_draft(
    pool: asyncpg.Pool, sealer: Sealer, post: str, id: UUID, content: dict[str, object], version: int,  # noqa: A002
    now: datetime,
) -> KeptView:  # fmt: skip
    """Keep a draft; `version` is the one that was seen, 0 for a new one.

    The same change again does nothing twice. Raises Refusal `draft.stale` when it was changed meanwhile,
    `draft.too_large` and `draft.too_many`.
    """
    body = msgspec.json.encode(content, order="sorted")
    if len(body) > LARGEST:
        raise Refusal("draft.too_large", most=LARGEST)
    about, expires_at = _about(post, id), now + KEPT_FOR
    async with acquired(pool) as conn, conn.transaction():
        await conn.execute("select pg_advisory_xact_lock(hashtextextended($1, 8313))", post)
        found = await conn.fetchrow(
            "select version, sealed from call_draft where post = $1 and id = $2 and expires_at > $3",
            post,
            id,
            now,
        )
        current = found["version"] if found else 0
        if found and current == version + 1 and sealer.open(found["sealed"], about) == body:
            version = current - 1  # the answer to the same change was lost
        elif current != version:
            raise Refusal("draft.stale", version=version, current=current)
        if not found and await conn.fetchval(_COUNT, post, now) >= MOST:
            raise Refusal("draft.too_many", most=MOST)
        await conn.execute(_KEEP, post, id, version + 1, sealer.seal(body, about), now, expires_at)
    return KeptView(id, version + 1, expires_at)


async def drafts(pool: asyncpg.Pool, sealer: Sealer, post: str, now: datetime) -> Sequence[DraftView]:
    """Return the drafts of a post, the newest first."""
    async with acquired(pool) as conn:
        rows = await conn.fetch(
            "select id, version, updated_at, expires_at, sealed from call_draft"
            " where post = $1 and expires_at > $2 order by updated_at desc, id limit $3",
            post,
            now,
            MOST,
        )
    opened = ((row, sealer.open(row["sealed"], _about(post, row["id"]))) for row in rows)
    return [
        DraftView(
            row["id"], row["version"], row["updated_at"], row["expires_at"],
            msgspec.json.decode(body, type=dict[str, object]),
        )
        for row, body in opened
        if body is not None
    ]  # fmt: skip


async def draft(pool: asyncpg.Pool, sealer: Sealer, post: str, id: UUID, now: datetime) -> DraftView:  # noqa: A002
    """Return a draft of a post; raise Refusal `draft.unknown`."""
    found = next((one for one in await drafts(pool, sealer, post, now) if one.id == id), None)
    if found is None:
        raise Refusal("draft.unknown", id=str(id))
    return found


async def drop_draft(pool: asyncpg.Pool, post: str, id: UUID) -> None:  # noqa: A002
    """Drop a draft; one that is not there is dropped already."""
    async with acquired(pool) as conn:
        await conn.execute("delete from call_draft where post = $1 and id = $2", post, id)


async def forget_drafts(pool: asyncpg.Pool, now: datetime) -> None:
    """Drop what nobody went on with."""
    async with acquired(pool) as conn:
        await conn.execute("delete from call_draft where expires_at <= $1", now)


def _about(post: str, id: UUID) -> bytes:  # noqa: A002
    return f"{post}\0{id}".encode()


_COUNT = "select count(*) from call_draft where post = $1 and expires_at > $2"
_KEEP = (
    "insert into call_draft (post, id, version, sealed, updated_at, expires_at)"
    " values ($1, $2, $3, $4, $5, $6)"
    " on conflict (post, id) do update set version = excluded.version, sealed = excluded.sealed,"
    " updated_at = excluded.updated_at, expires_at = excluded.expires_at"
)
