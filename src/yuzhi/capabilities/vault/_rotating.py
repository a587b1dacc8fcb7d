"""Changing the master key while everything runs: each person's key is wrapped anew, their data untouched."""

import os
from collections.abc import Callable
from datetime import datetime

import asyncpg
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.vault._keys import Keyring, Keys
from yuzhi.capabilities.vault._sealing import NONCE, unwrap, wrap
from yuzhi.store.postgres.pool import acquired

INDEX = "index"


async def register(conn: asyncpg.Connection, ring: Keyring, now: datetime) -> None:
    """See that these keys open what is in the vault, and note those that are new to it.

    Raises Refusal `vault.key_missing` when the vault holds what none of them opens, and
    `vault.keys_differ` when the secret of the hashes is not the one they were made with.
    """
    proofs = {INDEX: ring.index_proof, **{one.id: one.proof for one in ring.masters.values()}}
    async with conn.transaction():
        await conn.execute(
            "insert into vault_key (id, proof, since) select id, proof, $3"
            " from unnest($1::text[], $2::bytea[]) as given (id, proof) on conflict (id) do nothing",
            list(proofs),
            list(proofs.values()),
            now,
        )
        rows = await conn.fetch("select id, proof from vault_key where retired_at is null")
        known = {row["id"]: row["proof"] for row in rows}
        if missing := sorted(set(known) - set(proofs)):
            raise Refusal("vault.key_missing", keys=missing)
        if any(known.get(id_, proof) != proof for id_, proof in proofs.items()):
            raise Refusal("vault.keys_differ")


class KeyUse(Struct, frozen=True):
    """A master key, since when, when it was retired, and how many persons' keys it wraps."""

    id: str
    since: datetime
    retired_at: datetime | None
    persons: int


async def key_uses(conn: asyncpg.Connection) -> tuple[KeyUse, ...]:
    """Return the master keys this vault has known, the oldest first."""
    rows = await conn.fetch(
        "select k.id, k.since, k.retired_at,"
        " (select count(*) from vault_person p where p.key_id = k.id and p.wrapped is not null) persons"
        " from vault_key k where k.id <> $1 order by k.since, k.id",
        INDEX,
    )
    return tuple(KeyUse(*row) for row in rows)


async def rewrap(
    pool: asyncpg.Pool,
    keys: Keys,
    *,
    batch: int = 500,
    chance: Callable[[int], bytes] = os.urandom,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Wrap every person's key with the master in use; return how many were not yet.

    Each batch is a transaction of its own: cut off anywhere, the next run goes on with what is left.
    Rows somebody else holds are passed over and met again.
    """
    done = 0
    current = keys.ring.current
    while True:
        async with acquired(pool) as conn, conn.transaction():
            rows = await conn.fetch(
                "select id, key_id, wrapped from vault_person where wrapped is not null and key_id <> $1"
                " order by key_id, id limit $2 for update skip locked",
                current.id,
                batch,
            )
            anew = [
                wrap(
                    current, row["id"], unwrap(keys, row["key_id"], row["id"], row["wrapped"]), chance(NONCE)
                )
                for row in rows
            ]
            await conn.execute(
                "update vault_person p set key_id = $3, wrapped = given.wrapped"
                " from unnest($1::uuid[], $2::bytea[]) as given (id, wrapped) where p.id = given.id",
                [row["id"] for row in rows],
                anew,
                current.id,
            )
        if not rows:
            return done
        done += len(rows)
        progress(done)


async def retire(conn: asyncpg.Connection, ring: Keyring, now: datetime) -> tuple[str, ...]:
    """Note that old masters are no longer needed, and return them: they may be taken out of the file.

    Raises Refusal `vault.key_in_use` (with how many persons) while any is.
    """
    async with conn.transaction():
        await conn.execute("lock table vault_person in share mode")
        left = await conn.fetchval(
            "select count(*) from vault_person where wrapped is not null and key_id <> $1", ring.current.id
        )
        if left:
            raise Refusal("vault.key_in_use", persons=left)
        rows = await conn.fetch(
            "update vault_key set retired_at = $2 where id <> all($1) and retired_at is null returning id",
            [ring.current.id, INDEX],
            now,
        )
    return tuple(row["id"] for row in rows)
