"""Which files somebody may attach: those they put in themselves.

A file goes by the digest of its content, which stands in the journal and may be published with it. If knowing
it were enough, anybody could attach others' photographs to a matter of their own, and be given them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from yuzhi.store.postgres.pool import acquired

HELD: Final = timedelta(days=30)
"""How long a file may wait on a device, or in a draft, between being put in and being attached."""
LOOSE: Final = timedelta(days=1)
"""So long a file that was never attached needs no proof: who knows its name is who was just told it."""


async def note_upload(pool: asyncpg.Pool, file: str, hand: bytes, now: datetime) -> None:
    """Remember who put a file in; `hand` says who without saying it."""
    async with acquired(pool) as conn:
        await conn.execute(
            "insert into upload (file, hand, at) values ($1, $2, $3)"
            " on conflict (file, hand) do update set at = excluded.at",
            file, hand, now,
        )  # fmt: skip


async def attach(pool: asyncpg.Pool, files: Sequence[str], hand: bytes, now: datetime) -> frozenset[str]:
    """Return those of some files that somebody may attach, and remember that they were."""
    async with acquired(pool) as conn:
        rows = await conn.fetch(_ATTACH, list(files), hand, now, now - LOOSE)
    return frozenset(row["file"] for row in rows)


async def forget_uploads(pool: asyncpg.Pool, now: datetime) -> None:
    """Forget who put in what long ago; it is attached by now, or never will be."""
    async with acquired(pool) as conn:
        await conn.execute("delete from upload where at < $1", now - HELD)


_ATTACH: Final = """
with fit as (
    select distinct u.file from upload u where u.file = any($1) and (u.hand = $2 or u.at > $4 and not exists (
        select from upload o where o.file = u.file and o.attached_at is not null
    ))
), marked as (
    update upload u set attached_at = $3 from fit where u.file = fit.file and u.attached_at is null
)
select file from fit
"""
